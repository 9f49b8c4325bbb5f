"""What must hold when things break: killed servers, slow readers, rubbish, restarts, a database nobody can write."""
