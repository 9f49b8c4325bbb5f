"""Posts: how many a second are acknowledged when everybody speaks."""

from statistics import median

from bench import tools
from bench.doors import FULL, PLAIN, Door
from bench.run import Run
from bench.servers import Server, redis
from bench.table import Row


def posts(run: Run) -> list[Row]:
    """50 people in ten rooms, 8 posts in flight each, every post committed (SQLite, synchronous=FULL)."""
    tutorial = _tutorial_rates(run)
    with run.hubbub() as hubbub:
        return [_posts_row(run, hubbub, door, tutorial) for door in (PLAIN, FULL)]


def _tutorial_rates(run: Run) -> dict[str, float]:
    """Returns posts a second of the tutorial on uvicorn, by layer; it stores nothing."""
    rates: dict[str, float] = {}
    layers = (("memory", "in-memory"), ("core", "Redis"), ("pubsub", "Redis pub/sub"))
    with redis(run.folder) as address:
        for layer, name in layers[: run.pick(3, 1)]:
            with run.tutorial("uvicorn", layer, address) as server:
                figures = _crowd(server, PLAIN, run.pick(5, 2))
            rates[name] = figures["acked_per_s"]
            run.say(f"tutorial on uvicorn+{name}: {rates[name]:,.0f}/s, lost {figures['lost']:.0f} deliveries")
    return rates


def _crowd(server: Server, door: Door, seconds: int) -> tools.Figures:
    return tools.talk(server, door, people=50, rooms=10, in_flight=8, seconds=seconds)


def _posts_row(run: Run, hubbub: Server, door: Door, tutorial: dict[str, float]) -> Row:
    rounds = []
    for _ in range(run.pick(3, 1)):
        rounds.append(_crowd(hubbub, door, run.pick(8, 4)))
        hubbub.settle(5)
        run.say(
            "{acked_per_s:,.0f}/s on {door}, p99 {p99_ms:.0f} ms, {srv_us_per_post:.0f} µs of CPU a post, "
            "lost {lost:.0f}, doubled {dups:.0f}, refused {refused:.0f}".format(door=door.name, **rounds[-1])
        )
    rate, p99 = median(r["acked_per_s"] for r in rounds), median(r["p99_ms"] for r in rounds)
    clean = not any(r[fault] for r in rounds for fault in ("lost", "dups", "unacked", "refused", "closed"))
    return Row(
        f"posts acknowledged, 50 people × 8 in flight, ten rooms, on {door.name}",
        f"{rate:,.0f}/s, p99 {p99:.0f} ms",
        "tutorial, nothing stored: " + ", ".join(f"{name} {each:,.0f}/s" for name, each in tutorial.items()),
        f"{rate / max(tutorial.values()):.0f}×",
        "≥ 10,000/s, p99 ≤ 100 ms",
        rate >= 10_000 and p99 <= 100 and clean,
        {"acked_per_s": [r["acked_per_s"] for r in rounds], "p99_ms": [r["p99_ms"] for r in rounds]},
    )
