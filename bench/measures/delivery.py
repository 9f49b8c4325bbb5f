"""Delivery: what the server pays to bring one post to everybody in a room, beside the floor and the peers."""

from statistics import median

from bench import tools
from bench.doors import LOBBY
from bench.run import Run
from bench.servers import Server, redis, running, start_floor
from bench.table import Row


def delivery(run: Run) -> list[Row]:
    """One room of 1,000: the server's CPU a delivery over the floor's, W = 1 and W = 16, in turn."""
    with running(start_floor(tools.compiled("floor"), run.folder)) as floor, run.hubbub() as hubbub:
        return [
            _delivery_row(run, hubbub, floor, in_flight=1, posts=run.pick(200, 60), target=1.4),
            _delivery_row(run, hubbub, floor, in_flight=16, posts=run.pick(600, 240), target=0.3),
        ]


def _delivery_row(run: Run, hubbub: Server, floor: Server, in_flight: int, posts: int, target: float) -> Row:
    ours, least, clean = [], [], True
    for round_number in range(run.pick(5, 2)):
        figures = tools.fan(hubbub, LOBBY, members=1000, posts=posts, in_flight=in_flight)
        hubbub.settle()
        limit = tools.fan(floor, LOBBY, members=1000, posts=min(posts, run.pick(300, 80)), in_flight=in_flight)
        ours.append(figures["srv_us_per_deliv"])
        least.append(limit["srv_us_per_deliv"])
        clean = clean and not any(figures[fault] for fault in ("lost", "dups", "ooo"))
        run.say(
            f"round {round_number + 1}, W={in_flight}: Hubbub {ours[-1]:.2f} µs, floor {least[-1]:.2f} µs, "
            f"p99 {figures['p99_ms']:.0f} ms"
        )
    ratio = median(ours) / median(least)
    return Row(
        f"delivery, N=1,000, W={in_flight}: server CPU",
        f"{median(ours):.2f} µs",
        f"floor {median(least):.2f} µs",
        f"{ratio:.2f}×",
        f"≤ {target}×",
        ratio <= target and clean,
        {"hubbub_us": ours, "floor_us": least},
    )


def against_tutorial(run: Run) -> list[Row]:
    """One room of 200: the server's CPU a delivery, beside the tutorial's chat on its engines and layers."""
    engines, layers = ("uvicorn", "daphne"), ("core", "pubsub", "memory")
    rivals = [(engine, layer) for engine in engines for layer in layers]
    if run.quick:
        rivals = rivals[:1]
    samples: dict[str, list[float]] = {"hubbub": []}
    with redis(run.folder) as address, run.hubbub() as hubbub:
        for engine, layer in rivals * run.pick(2, 1):
            samples["hubbub"].append(_cost_of_200(hubbub, posts=run.pick(400, 150)))
            with run.tutorial(engine, layer, address) as tutorial:
                cost = _cost_of_200(tutorial, posts=run.pick(30, 15))
            name = f"{engine}+{_layer_name(layer)}"
            samples.setdefault(name, []).append(cost)
            run.say(f"Hubbub {samples['hubbub'][-1]:.1f} µs, tutorial on {name} {cost:.0f} µs")
    return [_tutorial_row(samples, name) for name in samples if name != "hubbub"]


def _cost_of_200(server: Server, posts: int) -> float:
    cost = tools.fan(server, LOBBY, members=200, posts=posts)["srv_us_per_deliv"]
    server.settle(3)
    return cost


def _layer_name(layer: str) -> str:
    return {"core": "Redis", "pubsub": "Redis pub/sub", "memory": "in-memory"}[layer]


def _tutorial_row(samples: dict[str, list[float]], name: str) -> Row:
    ours, theirs = median(samples["hubbub"]), median(samples[name])
    promised = name == "uvicorn+Redis"
    return Row(
        f"delivery, N=200, W=1, against the tutorial on {name}",
        f"{ours:.1f} µs",
        f"{theirs:.0f} µs",
        f"{theirs / ours:.0f}× less",
        "≥ 20× less" if promised else "–",
        theirs / ours >= 20 if promised else None,
        {"hubbub_us": samples["hubbub"], "tutorial_us": samples[name]},
    )
