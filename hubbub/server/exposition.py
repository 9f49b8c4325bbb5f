"""Snapshots of workers as Prometheus reads them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, InfoMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric as Family

from hubbub.server.metrics import METRICS, Metric, Snapshot

Answers = Sequence[tuple[str, Snapshot | None]]  # each worker's number and snapshot; None for one that did not answer

_FAMILIES: dict[str, Any] = {
    "counter": CounterMetricFamily,
    "gauge": GaugeMetricFamily,
    "histogram": HistogramMetricFamily,
    "info": InfoMetricFamily,
}


def expose(answers: Answers, accept: str) -> tuple[bytes, str]:
    """The text and its content type, in the format that the `Accept` header asks for."""
    encode, content_type = choose_encoder(accept)
    return encode(_Collected(answers)), content_type


class _Collected:
    """What prometheus_client takes for a registry."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers

    def collect(self) -> Iterator[Family]:
        """One family for each metric, with every worker's samples."""
        up = GaugeMetricFamily("hubbub_worker_up", "1 when the worker answered, 0 when not.", labels=["worker"])
        for worker, snapshot in self._answers:
            up.add_metric([worker], int(snapshot is not None))
        yield up
        for metric in METRICS:
            yield self._family(metric)

    def _family(self, metric: Metric) -> Family:
        labels = ["worker", metric.label] if metric.label else ["worker"]
        family: Family = _FAMILIES[metric.kind](metric.name, metric.sentence, labels=labels)
        for worker, snapshot in self._answers:
            if snapshot is not None and metric.name in snapshot:
                _add(family, metric, worker, snapshot[metric.name])
        return family


def _add(family: Any, metric: Metric, worker: str, value: Any) -> None:
    if metric.kind == "histogram":
        bounds = [*map(str, map(float, value["bounds"])), "+Inf"]
        buckets = list(zip(bounds, accumulate(value["counts"]), strict=True))
        family.add_metric([worker], buckets=buckets, sum_value=value["sum"])
    elif metric.label:
        for word, count in sorted(value.items()):
            family.add_metric([worker, word], count)
    else:
        family.add_metric([worker], value)
