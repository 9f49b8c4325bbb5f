"""Every metric there is, in one table, and how this process reads its own. docs/watching.md explains each.

A snapshot is plain values by metric, so that one worker can show another's.
"""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import django
from django.conf import settings

from hubbub import __version__, node
from hubbub.announce import joining_layer
from hubbub.errors import Goodbye
from hubbub.figures import Figures, Histogram, figures
from hubbub.journal.batch import database
from hubbub.node import Node
from hubbub.server import health

Value = Any  # a number; {label: number}; for a histogram {"bounds": …, "counts": …, "sum": …}; for info {label: text}
Snapshot = dict[str, Value]


class Moment:
    """What the readers of one snapshot look at."""

    def __init__(self) -> None:
        self.figures: Figures = figures
        self.node: Node | None = node.running()

    @cached_property
    def process(self) -> dict[str, float]:
        """The system's figures of this process."""
        from prometheus_client import ProcessCollector  # late: who never asks pays no memory for it

        families = ProcessCollector(registry=None).collect()
        return {sample.name: sample.value for family in families for sample in family.samples}

    @cached_property
    def backlogs(self) -> list[int]:
        """Bytes that wait for each open socket."""
        return [] if self.node is None else [bearer.wire.behind() for bearer in list(self.node.sessions.bearers)]

    @cached_property
    def kinds(self) -> dict[str, int]:
        """Open sockets by kind."""
        kinds = {"full": 0, "room": 0}
        for bearer in [] if self.node is None else list(self.node.sessions.bearers):
            kinds[bearer.kind] += 1
        return kinds


@dataclass(frozen=True, slots=True)
class Metric:
    """One line of the table. `name` is without the `_total` that a counter's gets."""

    name: str
    kind: Literal["counter", "gauge", "histogram", "info"]
    sentence: str
    read: Callable[[Moment], Value]
    label: str = ""


async def snapshot() -> Snapshot:
    """This process's figures now. Call from the node's event loop."""
    await health.disk.answer()  # in a thread of its own: a disk may hang
    moment = Moment()
    return {metric.name: metric.read(moment) for metric in METRICS}


def _of_node(read: Callable[[Node], float]) -> Callable[[Moment], float]:
    return lambda moment: 0 if moment.node is None else read(moment.node)


def _histogram(read: Callable[[Figures], Histogram]) -> Callable[[Moment], Value]:
    def values(moment: Moment) -> Value:
        histogram = read(moment.figures)
        return {"bounds": histogram.bounds, "counts": list(histogram.counts), "sum": histogram.sum}

    return values


def _none_yet() -> dict[str, int]:
    """Each Goodbye from 0: an alarm on the first of its kind needs something to compare it with."""
    return {str(int(why)): 0 for why in Goodbye}


def _process(name: str) -> Callable[[Moment], float]:
    return lambda moment: moment.process.get(name, 0.0)


def _about(moment: Moment) -> dict[str, str]:
    layer = joining_layer()
    return {
        "version": __version__,
        "python": platform.python_version(),
        "django": django.get_version(),
        "database": settings.DATABASES[database()]["ENGINE"].rpartition(".")[2],
        "layer": "none" if layer is None else type(layer).__name__,
    }


METRICS = (
    Metric("hubbub", "info", "Version, and what it runs on.", _about),
    # people and sockets
    Metric(
        "hubbub_people", "gauge", "People with a socket open.", _of_node(lambda n: n.sessions.people())
    ),
    Metric("hubbub_sockets", "gauge", "Open sockets.", lambda m: m.kinds, "kind"),
    Metric("hubbub_sockets_opened", "counter", "Sockets accepted.", lambda m: m.figures.sockets_opened),
    Metric(
        "hubbub_sockets_turned_away", "counter", "Handshakes refused, by code.",
        lambda m: m.figures.turned_away.counts(), "code",
    ),
    Metric(
        "hubbub_goodbyes", "counter", "Sockets that we closed, by code.",
        lambda m: _none_yet() | m.figures.goodbyes.counts(), "code",
    ),
    Metric("hubbub_rooms", "gauge", "Rooms with a reader here.", _of_node(lambda n: len(n.hub.audiences))),
    # posts
    Metric("hubbub_posts", "counter", "Messages stored, by door.", lambda m: m.figures.posts.counts(), "door"),
    Metric("hubbub_posts_again", "counter", "Posts whose nonce was stored already.", lambda m: m.figures.posts_again),
    Metric("hubbub_refusals", "counter", "Commands refused, by code.", lambda m: m.figures.refusals.counts(), "code"),
    Metric("hubbub_journal_waiting", "gauge", "Changes that wait for a batch.", _of_node(lambda n: n.journal.waiting)),
    Metric("hubbub_batch_changes", "histogram", "Changes in a batch.", _histogram(lambda f: f.batch_changes)),
    Metric(
        "hubbub_commit_seconds", "histogram", "Time that the database took for a batch.",
        _histogram(lambda f: f.commit_seconds),
    ),
    Metric(
        "hubbub_database_errors", "counter", "Errors of the database, by who asked.",
        lambda m: m.figures.database_errors.counts(), "by",
    ),
    # delivery
    Metric("hubbub_deliveries", "counter", "Frames written to sockets of a room.", lambda m: m.figures.deliveries),
    Metric("hubbub_delivered_bytes", "counter", "Bytes of these frames.", lambda m: m.figures.delivered_bytes),
    Metric(
        "hubbub_delivery_seconds", "histogram", "From a post's arrival to its frame on the sockets of this worker.",
        _histogram(lambda f: f.delivery_seconds),
    ),
    Metric("hubbub_backlog_bytes", "gauge", "Bytes that wait for all sockets.", lambda m: sum(m.backlogs)),
    Metric(
        "hubbub_backlog_max_bytes", "gauge", "Bytes that wait for the slowest.", lambda m: max(m.backlogs, default=0)
    ),
    # catching up
    Metric("hubbub_catch_ups", "counter", "Joins that resumed from a cursor.", lambda m: m.figures.catch_ups),
    Metric("hubbub_catch_up_frames", "counter", "Frames sent for these.", lambda m: m.figures.catch_up_frames),
    Metric("hubbub_resets", "counter", "Joins too far behind: the newest page instead.", lambda m: m.figures.resets),
    Metric(
        "hubbub_head_check_repairs", "counter", "Rooms that the head check found behind.",
        lambda m: m.figures.heads_behind,
    ),
    Metric(
        "hubbub_repaired_documents", "counter", "Documents fetched from the database to close a gap.",
        lambda m: m.figures.repaired,
    ),
    # other nodes
    Metric(
        "hubbub_layer_healthy", "gauge", "1 while the layer works, or none is set.",
        lambda m: int(m.node is None or m.node.announcer.healthy),
    ),
    Metric(
        "hubbub_announcements_sent", "counter", "Messages that the layer took.", lambda m: m.figures.announcements_sent
    ),
    Metric(
        "hubbub_announcements_heard", "counter", "Messages of other nodes.", lambda m: m.figures.announcements_heard
    ),
    Metric(
        "hubbub_announcements_dropped", "counter", "Messages that the layer did not take.",
        lambda m: m.figures.announcements_dropped,
    ),
    Metric(
        "hubbub_announcements_waiting", "gauge", "Messages that wait for the layer.",
        _of_node(lambda n: n.announcer.waiting),
    ),
    Metric(
        "hubbub_announcement_seconds", "histogram", "From saying to hearing it again through the layer, on one clock.",
        _histogram(lambda f: f.announcement_seconds),
    ),
    # the process
    Metric("hubbub_pages", "counter", "Pages answered, by status.", lambda m: m.figures.pages.counts(), "status"),
    Metric(
        "hubbub_draining", "gauge", "1 while the worker finishes and takes nothing new.",
        _of_node(lambda n: int(n.draining)),
    ),
    Metric(
        "hubbub_loop_lag_seconds", "histogram", "How late the event loop was, asked once a second.",
        _histogram(lambda f: f.loop_lag_seconds),
    ),
    Metric(
        "hubbub_disk_free_bytes", "gauge", "Free space where the data folder is.",
        lambda m: health.free_bytes,
    ),
    Metric("process_resident_memory_bytes", "gauge", "Memory.", _process("process_resident_memory_bytes")),
    Metric("process_virtual_memory_bytes", "gauge", "Address space.", _process("process_virtual_memory_bytes")),
    Metric("process_cpu_seconds", "counter", "Processor time.", _process("process_cpu_seconds_total")),
    Metric("process_open_fds", "gauge", "Open files and sockets.", _process("process_open_fds")),
    Metric("process_max_fds", "gauge", "How many there may be.", _process("process_max_fds")),
    Metric(
        "process_start_time_seconds", "gauge", "When it started, in seconds since 1970.",
        _process("process_start_time_seconds"),
    ),
)  # fmt: skip
