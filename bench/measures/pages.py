"""Pages: what a room's page costs, how soon the first page comes, what an idle server weighs."""

import re
from statistics import median

from bench import tools
from bench.doors import JOIN, POST, PROTOCOL
from bench.run import Run
from bench.servers import running, start_hubbub, start_tutorial
from bench.table import Row


def room_page(run: Run) -> list[Row]:
    """A room's page with its newest 50 messages, signed in, over one kept connection: server CPU for each."""
    count, path = run.pick(800, 200), "/chat/bench-0/"
    with run.visited() as (hubbub, visitor):
        environment = {"HELLO": JOIN, "TMPL": POST.replace("%r", "bench-0"), "SETTLE": "300"}
        headers = [visitor.cookie, PROTOCOL]
        tools.fan(hubbub, "/ws/", members=1, posts=60, headers=headers, environment=environment)
        html = visitor.pages(hubbub, path, 50)
        before = hubbub.cpu_seconds()
        visitor.pages(hubbub, path, count)
        cost = (hubbub.cpu_seconds() - before) / count * 1000
    shown = len(re.findall(r'id="m\d+"', html))
    run.say(f"{cost:.2f} ms, {len(html) / 1024:.0f} KB of HTML, {shown} messages on it")
    return [
        Row(
            "room page with 50 messages, signed in: server CPU",
            f"{cost:.2f} ms",
            target="≤ 1.5 ms",
            met=cost <= 1.5 and shown >= 50,
            samples={"hubbub_ms": [cost]},
        )
    ]


def start(run: Run) -> list[Row]:
    """From the command to the first page, on an empty folder and again; memory when idle."""
    data = run.new_data()
    with running(start_hubbub(data)) as first:
        first_seconds, first_cpu = first.seconds_to_answer, first.cpu_seconds()
    seconds, cpu = [], []
    for _ in range(run.pick(3, 1)):
        with running(start_hubbub(data)) as again:
            seconds.append(again.seconds_to_answer)
            cpu.append(again.cpu_seconds())
            again.settle(3)
            idle = again.memory_mb()
    with running(start_tutorial("uvicorn", "memory", run.folder)) as peer:
        peer_seconds, peer_idle = peer.seconds_to_answer, peer.memory_mb()
    run.say(f"first {first_seconds:.1f} s, then {median(seconds):.1f} s, {idle:.0f} MB")
    return [
        Row(
            "start to first page: an empty folder · again",
            f"{first_seconds:.1f} s · {median(seconds):.1f} s ({median(cpu):.1f} s of CPU)",
            f"tutorial on uvicorn {peer_seconds:.1f} s",
            target="≤ 3 s",
            met=first_seconds <= 3 and median(seconds) <= 3,
            samples={
                "first_s": [first_seconds],
                "first_cpu_s": [first_cpu],
                "again_s": seconds,
                "again_cpu_s": cpu,
            },
        ),
        Row(
            "idle memory",
            f"{idle:.0f} MB",
            f"tutorial on uvicorn {peer_idle:.0f} MB",
            target="≤ 90 MB",
            met=idle <= 90,
            samples={"hubbub_mb": [idle], "tutorial_mb": [peer_idle]},
        ),
    ]
