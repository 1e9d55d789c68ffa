"""The metrics of a reconciler, for Prometheus. The values of labels are names of targets, kinds, rules and tasks."""

import time
from collections.abc import Callable, Mapping
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics

from reconciler.core.state.loop_report import Asked, Looked, LoopReport, Maintained, Ran, RunOutcome, Turned
from reconciler.core.state.reconciler import Condition

_DURATIONS: Final = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)
_DELAYS: Final = (1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 14400, 86400)

disable_created_metrics()  # type: ignore[no-untyped-call]


class Metrics:
    """The metrics of one process. `tell` takes what the reconciler tells."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        counter, gauge, histogram = self._counter, self._gauge, self._histogram
        self._reconcile = counter("reconcile", "Applies that ended, by result.", "target", "result")
        self._duration = histogram("reconcile_duration_seconds", "Duration of applies.", _DURATIONS, "target")
        self._revision = gauge("revision_info", "The applied commit; always 1.", "target", "commit")
        self._applied_at = gauge("last_applied_timestamp_seconds", "Time of the applied revision.", "target")
        self._delay = histogram(
            "merge_to_applied_seconds", "From the time of a commit until it was applied.", _DELAYS, "target"
        )
        self._resources = gauge("resources", "Declared resources.", "target", "kind")
        self._drift = gauge("drift_resources", "Resources changed, removed or inserted by hand.", "target")
        self._refusals = counter("guard_refusals", "Applies refused by a guard.", "target", "rule")
        self._git = counter("git_requests", "Requests to the repository, by result.", "type", "result")
        self._lock = histogram("lock_wait_seconds", "Waits for another writer.", _DURATIONS, "target")
        self._overdue = gauge("maintenance_overdue_seconds", "Time since a task became due.", "target", "task")
        self._calls = gauge(
            "calls_last_hour", "Calls of tools in the last whole hour, as rolled up.", "target", "status"
        )
        self._maintained = counter("maintenance", "Tasks of maintenance that ended.", "target", "task", "result")
        self._maintenance_duration = histogram(
            "maintenance_duration_seconds", "Duration of tasks of maintenance.", _DURATIONS, "target", "task"
        )
        self._notifications = counter("notifications", "Notifications, by result.", "result")
        self._ready = gauge("ready", "Whether the target was equal to the branch once.", "target")
        self._stalled = gauge("stalled", "Whether nothing happens before somebody acts.", "target")

    def tell(self, report: LoopReport) -> None:
        """Take note of a report."""
        match report:
            case Ran():
                self._take_run(report)
            case Asked():
                self._git.labels(report.request, report.result).inc()
            case Looked():
                self._take_look(report)
            case Maintained(target, task, seconds, error):
                self._maintained.labels(target, task, "failed" if error else "done").inc()
                self._maintenance_duration.labels(target, task).observe(seconds)
            case Turned(target, state):
                self._stalled.labels(target).set(state.condition is Condition.STALLED)
            case _:
                return

    def count_notification(self, result: str) -> None:
        """Count a notification that was sent, dropped or given up."""
        self._notifications.labels(result).inc()

    def follow(self, readiness: Mapping[str, Callable[[], bool]]) -> None:
        """Ask these functions, one per target, whether the target was equal to the branch once."""
        self._ready.clear()
        for target, is_ready in readiness.items():
            self._ready.labels(target).set_function(is_ready)

    def _take_run(self, run: Ran) -> None:
        report = run.report
        self._reconcile.labels(run.target, report.outcome.value).inc()
        self._duration.labels(run.target).observe(report.seconds)
        if report.lock_seconds is not None:
            self._lock.labels(run.target).observe(report.lock_seconds)
        for rule in report.rules:
            self._refusals.labels(run.target, rule).inc()
        if report.outcome is RunOutcome.APPLIED and not report.repaired:
            self._delay.labels(run.target).observe(max(0.0, time.time() - run.committed_at.timestamp()))

    def _take_look(self, look: Looked) -> None:
        for gauge, values in (
            (self._revision, {look.commit: 1.0} if look.commit else {}),
            (self._resources, look.resources),
            (self._overdue, look.overdue),
            (self._calls, look.calls),
        ):
            gauge.remove_by_labels({"target": look.target})
            for label, value in values.items():
                gauge.labels(look.target, label).set(value)
        self._drift.labels(look.target).set(look.drifted)
        if look.applied_at:
            self._applied_at.labels(look.target).set(look.applied_at.timestamp())

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"toolreg_{name}", text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"toolreg_{name}", text, labels, registry=self.registry)

    def _histogram(self, name: str, text: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(f"toolreg_{name}", text, labels, buckets=buckets, registry=self.registry)
