"""Connects a reconciler with its surroundings: log, metrics, notifications, and the port."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from reconciler.core.state.loop_report import LoopReport, Tell
from reconciler.desired.git.remote import Remote
from reconciler.serving.service import Service
from reconciler.serving.settings import ReconcilerSettings, read_secret, resolve_secret

if TYPE_CHECKING:
    from reconciler.serving.metrics import Metrics
    from reconciler.serving.notifications import Notifier


class Surroundings:
    """Passes on what a reconciler tells. `write_log` writes a line of the log."""

    def __init__(self, settings: ReconcilerSettings, write_log: Tell) -> None:
        self._settings = settings
        self._write_log = write_log
        self._metrics = _make_metrics() if settings.listen else None
        self._notifier = _make_notifier(settings, self._metrics) if settings.notify else None

    def tell(self, report: LoopReport) -> None:
        """Pass on a report."""
        self._write_log(report)
        if self._metrics:
            self._metrics.tell(report)
        if self._notifier:
            self._notifier.tell(report)

    @contextmanager
    def open(self, service: Service) -> Iterator[None]:
        """HttpAnswer on the port, and send notifications, during the block."""
        with ExitStack() as stack:
            if self._notifier:
                stack.enter_context(self._notifier.running())
            if self._settings.listen and self._metrics:
                stack.enter_context(_answer(self._settings, self._settings.listen, self._metrics, service))
            yield


def _make_metrics() -> "Metrics":
    from reconciler.serving.metrics import Metrics  # noqa: PLC0415  Needed with a port only.

    return Metrics()


def _make_notifier(settings: ReconcilerSettings, metrics: "Metrics | None") -> "Notifier":
    from reconciler.serving.notifications import Notifier  # noqa: PLC0415  Needed with a URL only.

    return Notifier(
        resolve_secret(settings.notify or "", "notify"),
        read_secret(settings.notify_secret_file) if settings.notify_secret_file else None,
        Remote.parse(settings.repo, settings.branch).url,
        metrics.count_notification if metrics else lambda _: None,
    )


@contextmanager
def _answer(
    settings: ReconcilerSettings, address: tuple[str, int], metrics: "Metrics", service: Service
) -> Iterator[None]:
    from reconciler.serving.http_port import HttpPort  # noqa: PLC0415  Needed with a port only.
    from reconciler.serving.webhook import Webhook  # noqa: PLC0415

    metrics.follow({target.destination.name: target.read_readiness for target in service.targets})
    webhook = Webhook([read_secret(file) for file in settings.webhook_secret_files])
    with HttpPort(address, service.wake, service.read_readiness, metrics.registry, webhook).running():
        yield
