"""Sockets: what connecting and joining costs, and what an idle socket weighs."""

from bench import tools
from bench.doors import JOIN, PROTOCOL, ROOM
from bench.run import Run
from bench.servers import Server, redis
from bench.table import Row


def connect(run: Run) -> list[Row]:
    """Signed-in sockets that connect and join one of 20 rooms: the server's CPU for each."""
    count = run.pick(2000, 500)
    with redis(run.folder) as address, run.tutorial("uvicorn", "core", address) as server:
        tutorial = _joins(server, ROOM, run.pick(400, 150))
    with run.visited() as (hubbub, visitor):
        socket = f"/ws/?ticket={visitor.ticket(hubbub, 'bench-0')}"
        hello = {"HELLO": JOIN}
        costs = {
            "/ws/ by ticket": _joins(hubbub, socket, count, [visitor.cookie, PROTOCOL], hello),
            "/ws/ by session": _joins(hubbub, "/ws/", count, [visitor.cookie, PROTOCOL], hello),
            "the plain socket by session": _joins(hubbub, ROOM, count, [visitor.cookie]),
        }
    for door, cost in costs.items():
        run.say(f"{door}: {cost:.2f} ms")
    return [_connect_row(door, cost, tutorial) for door, cost in costs.items()]


def _joins(
    server: Server,
    path: str,
    count: int,
    headers: list[str] | None = None,
    hello: dict[str, str] | None = None,
) -> float:
    environment = {"ROOMS": "20", "SETTLE": "1000", **(hello or {})}
    figures = tools.fan(server, path, members=count, posts=0, headers=headers or [], environment=environment)
    server.settle()
    return figures["srv_ms_per_join"]


def _connect_row(door: str, cost: float, tutorial: float) -> Row:
    return Row(
        f"connect + join, signed in, {door}: server CPU",
        f"{cost:.2f} ms",
        f"tutorial, not signed in {tutorial:.1f} ms",
        f"{tutorial / cost:.0f}× less",
        "≤ 0.6 ms",
        cost <= 0.6,
        {"hubbub_ms": [cost], "tutorial_ms": [tutorial]},
    )


def memory(run: Run) -> list[Row]:
    """Idle sockets, each joined to one of 100 rooms: the server's memory for each."""
    count, idle = run.pick(10_000, 1_500), {"ROOMS": "100", "SETTLE": str(run.pick(3000, 1500))}
    with redis(run.folder) as address, run.tutorial("uvicorn", "pubsub", address) as server:
        peers = tools.fan(server, ROOM, members=run.pick(1500, 300), posts=0, environment=idle)["kb_per_conn"]
        run.say(f"the tutorial on uvicorn+Redis: {peers:.0f} KB")
    rows = []
    with run.visited() as (hubbub, visitor):
        socket = f"/ws/?ticket={visitor.ticket(hubbub, 'bench-0')}"
        headers, hello = [visitor.cookie, PROTOCOL], {"HELLO": JOIN, **idle}
        figures = tools.fan(hubbub, socket, members=count, posts=0, headers=headers, environment=hello)
        rows.append(_memory_row(run, "/ws/, signed in", count, figures["kb_per_conn"], peers))
    with run.hubbub() as hubbub:
        figures = tools.fan(hubbub, ROOM, members=count, posts=0, environment=idle)
        rows.append(_memory_row(run, "the plain socket, guests", count, figures["kb_per_conn"], peers))
    return rows


def _memory_row(run: Run, door: str, count: int, kilobytes: float, peers: float) -> Row:
    run.say(f"{door}: {kilobytes:.1f} KB")
    return Row(
        f"memory per idle joined socket, at {count:,}, {door}",
        f"{kilobytes:.1f} KB",
        f"tutorial on uvicorn+Redis {peers:.0f} KB",
        f"{peers / kilobytes:.1f}× less",
        "≤ 24 KB",
        kilobytes <= 24,
        {"hubbub_kb": [kilobytes], "tutorial_kb": [peers]},
    )
