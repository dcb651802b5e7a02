"""What an operator watches, in Prometheus's text format; a registry of the application's own."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """Requests by route, storage operations by outcome, entries by kind."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Histogram(
            "workdiary_request_seconds",
            "Requests by method, route and status.",
            ("method", "route", "status"),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._storage = Histogram(
            "workdiary_storage_seconds",
            "Storage operations by outcome.",
            ("operation", "outcome"),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._entries = Counter(
            "workdiary_entries", "Entries made durable.", registry=self._registry
        )

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        self._requests.labels(method, route, str(status)).observe(seconds)

    def storage(self, operation: str, outcome: str, seconds: float) -> None:
        self._storage.labels(operation, outcome).observe(seconds)

    def entry(self) -> None:
        self._entries.inc()

    def text(self) -> bytes:
        return generate_latest(self._registry)
