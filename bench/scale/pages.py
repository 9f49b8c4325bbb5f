"""Writes what was measured: figures and plot beside docs/performance.md, the tables into it and docs/million.md."""

from __future__ import annotations

import json
from typing import Any

from bench.scale.million import plan
from bench.scale.plot import Panel, svg
from bench.servers import ROOT

DOCS = ROOT / "docs"
FIGURES, PLOT = DOCS / "scale.json", DOCS / "scale.svg"

Measured = dict[str, Any]  # by name of the measurement a list of figures, and the machine


def write(measured: Measured) -> None:
    """Write the figures, and everything that follows from them, in place."""
    FIGURES.write_text(json.dumps(measured, ensure_ascii=False, indent=1) + "\n")
    PLOT.write_text(svg(panels(measured), "Cost of a delivery and of a post on one, two and four nodes"))
    _replace("performance.md", "scale", _head(measured) + table(measured))
    _replace("million.md", "plan", plan(measured))


def panels(measured: Measured) -> list[Panel]:
    """Returns the diagrams."""
    nodes = _nodes(measured["delivery"])
    deliveries = {
        f"{members:,} members": [_at(measured["delivery"], nodes=n, members=members)["node_us"] for n in nodes]
        for members in _each(measured["delivery"], "members")
    }
    posts = {
        f"{rooms} room{'s' if rooms > 1 else ''}": [
            _at(measured["posts"], nodes=n, rooms=rooms)["node_us"] for n in nodes
        ]
        for rooms in _each(measured["posts"], "rooms")
    }
    middle = _each(measured["posts"], "rooms")[1]
    beside = {
        name: [_at(measured["posts"], nodes=n, rooms=middle)[key] for n in nodes]
        for name, key in (("all nodes", "node_us"), ("PostgreSQL", "postgres_us"), ("Redis", "redis_us"))
    }
    places = [f"{n} node{'s' if n > 1 else ''}" for n in nodes]
    return [
        Panel("CPU of all nodes, µs a delivery", places, deliveries),
        Panel("CPU of all nodes, µs a post (100 people)", places, posts),
        Panel(f"CPU, µs a post, {middle} rooms: who pays", places, beside),
    ]


def table(measured: Measured) -> str:
    """Returns the one table: a column for each number of nodes."""
    nodes = _nodes(measured["delivery"])
    rows = [["what", *(f"{n} node{'s' if n > 1 else ''}" for n in nodes), "target", "met"]]
    for members in _each(measured["delivery"], "members"):
        found = [_at(measured["delivery"], nodes=n, members=members) for n in nodes]
        cells = [f"{f['node_us']:.1f} µs, p99 {f['p99_ms']:.0f} ms" for f in found]
        rows.append([f"delivery, one room of {members:,}: CPU of all nodes", *cells, "–", ""])
    for rooms in _each(measured["posts"], "rooms"):
        found = [_at(measured["posts"], nodes=n, rooms=rooms) for n in nodes]
        cells = [f"{f['node_us']:.0f} + {f['postgres_us']:.0f} + {f['redis_us']:.0f} µs" for f in found]
        what = f"post, 100 people in {rooms} room{'s' if rooms > 1 else ''}: CPU of nodes + PostgreSQL + Redis"
        rows.append([what, *cells, "–", ""])
    rows += [_rate_row(figures, len(nodes)) for figures in measured["rate"]]
    rows += _idle_rows(measured["idle"])
    faults = sum(f["faults"] for name in ("delivery", "posts", "rate") for f in measured[name])
    none = ["–"] * (len(nodes) - 1)
    rows.append(
        ["lost, doubled, out of order, refused, in all of the above", f"{faults:.0f}", *none, "0", _met(not faults)]
    )
    rows.insert(1, ["-" * 3] * len(rows[0]))
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _rate_row(figures: dict[str, float], columns: int) -> list[str]:
    door = "`/ws/`" if figures["full"] else "the plain room socket"
    cell = f"{figures['per_s']:,.0f}/s, p50 {figures['p50_ms']:.0f} ms, p99 {figures['p99_ms']:.0f} ms"
    what = f"posts acknowledged on PostgreSQL, 50 people × 8 in flight, ten rooms, on {door}"
    return [what, cell, *["–"] * (columns - 1), "≥ 3,000/s", _met(figures["per_s"] >= 3000)]


def _idle_rows(idle: list[dict[str, float]]) -> list[list[str]]:
    rows = [
        ("idle connections", "{connections:,.0f}"),
        ("memory for each", "{kb:.1f} KB"),
        ("CPU to come in, for each", "{connect_ms:.2f} ms"),
        ("CPU of all nodes while idle, for each connection and second", "{node_us_per_s:.1f} µs"),
    ]
    met = _met(idle[0]["connections"] >= 15_000 and idle[0]["kb"] <= 24)
    targets = [("≥ 15,000 on one", _met(idle[0]["connections"] >= 15_000)), ("≤ 24 KB", met), ("–", ""), ("–", "")]
    return [
        [what, *(cell.format(**figures) for figures in idle), *target]
        for (what, cell), target in zip(rows, targets, strict=True)
    ]


def _head(measured: Measured) -> str:
    hurried = ", ".join(measured.get("hurried", ()))
    note = f"\n\nFrom a run in a hurry (one round, few posts and connections): {hurried}." if hurried else ""
    return (
        f"{measured['at']}. {measured['machine']}; a million additions in Python take {measured['python_ms']:.0f} ms,\n"
        f"a synced write of 4 KB {measured['sync_ms']:.2f} ms.{note}\n\n![CPU over the number of nodes](scale.svg)\n\n"
    )


def _replace(page: str, name: str, text: str) -> None:
    path = DOCS / page
    begin, end = f"<!-- {name}: made by make bench-scale -->", f"<!-- {name}: end -->"
    before, _, rest = path.read_text().partition(begin)
    path.write_text(f"{before}{begin}\n\n{text}\n\n{end}{rest.partition(end)[2]}")


def _at(figures: list[dict[str, float]], **where: float) -> dict[str, float]:
    return next(f for f in figures if all(f[key] == value for key, value in where.items()))


def _nodes(figures: list[dict[str, float]]) -> list[int]:
    return _each(figures, "nodes")


def _each(figures: list[dict[str, float]], key: str) -> list[int]:
    return sorted({int(f[key]) for f in figures})


def _met(yes: bool) -> str:
    return "yes" if yes else "**no**"
