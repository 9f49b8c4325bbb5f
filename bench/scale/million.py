"""What a million connections need, reckoned from what was measured. The assumptions stand in `LOADS` and above it."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Any

CONNECTIONS = 1_000_000
SHARE = 0.6  # of a core that a node may be busy, so that a lost node's clients find room
EACH_AT_MOST = 25_000  # connections of one node: who is lost with it must be able to come back
NODE_MB = 90  # a node without connections


@dataclass(frozen=True)
class Load:
    """How much is said: posts a second on the whole server, and how many connections hear each."""

    name: str
    posts: int
    hearers: int


LOADS = (
    Load("an office: small rooms", 500, 40),
    Load("a busy evening: rooms of 200", 2_000, 200),
    Load("one hall: 50,000 hear each word", 20, 50_000),
)


def plan(measured: dict[str, Any]) -> str:
    """Returns the plan's table."""
    rows = [["load", "posts/s", "deliveries/s", "nodes", "set by", "a node's core", "PostgreSQL", "Redis"]]
    rows.append(["---"] * len(rows[0]))
    rows += [_row(measured, load) for load in LOADS]
    each = measured["idle"][-1]
    memory = CONNECTIONS * each["kb"] / 1024 / 1024
    return "\n".join("| " + " | ".join(row) + " |" for row in rows) + (
        f"\n\nMemory: {memory:.0f} GB for the connections at {each['kb']:.1f} KB, and {NODE_MB} MB for each node."
        f" A node of {EACH_AT_MOST:,} connections has {EACH_AT_MOST * each['kb'] / 1024 + NODE_MB:,.0f} MB."
        f" All of them back at once: {CONNECTIONS * each['connect_ms'] / 1000:,.0f} s of CPU, which is"
        f" {EACH_AT_MOST * each['connect_ms'] / 1000:.0f} s on every node."
    )


def _row(measured: dict[str, Any], load: Load) -> list[str]:
    deliveries = load.posts * load.hearers
    post, idle = measured["posts"][-1], measured["idle"][-1]
    cores = (
        CONNECTIONS * idle["node_us_per_s"] + deliveries * _delivery_us(measured) + load.posts * post["node_us"]
    ) / 1e6
    by_cpu, by_count = ceil(cores / SHARE), ceil(CONNECTIONS / EACH_AT_MOST)
    nodes = max(by_cpu, by_count)
    reached = min(nodes, load.hearers)
    postgres = load.posts * post["postgres_us"] / 1e6 + idle["postgres_cores"] * nodes / idle["nodes"]
    redis = load.posts * reached * post["redis_us"] / post["nodes"] / 1e6 + idle["redis_cores"]
    return [
        load.name,
        f"{load.posts:,}",
        f"{deliveries:,}",
        f"{nodes:,}",
        "CPU" if by_cpu > by_count else "connections",
        f"{cores / nodes:.0%}",
        f"{postgres:.1f} cores",
        f"{redis:.1f} cores",
    ]


def _delivery_us(measured: dict[str, Any]) -> float:
    """The dearest delivery with 1,000 members or more that was measured: many nodes, one post at a time."""
    return float(max(f["node_us"] for f in measured["delivery"] if f["members"] >= 1000))
