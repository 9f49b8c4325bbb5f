"""`make bench-scale`: what many nodes cost on PostgreSQL and Redis, on this one machine.

Every process of the cluster is real and has a port of its own; nodes, database, Redis and load share the cores, so CPU
time says more than what the clock says. PostgreSQL is as initdb makes it (synchronous_commit=on, fsync=on).
"""
