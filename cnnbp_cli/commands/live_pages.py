"""What the commands with live pages share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from cnnbp_cli.training.events import Event
    from cnnbp_cli.training.start import Training


def require_live() -> None:
    """Raise a CnnbpError that names the extra if the packages of live pages are not installed."""
    from cnnbp_cli.extras import require

    for package in ("starlette", "uvicorn"):
        require(package, "live")


@contextmanager
def followed(training: Training, console: Console) -> Iterator[Callable[[Event], None]]:
    """Serves a page that follows a training, and prints its address; yields what is to be called with each event."""
    from cnnbp_cli.live.monitor import Monitor
    from cnnbp_cli.live.server import LiveServer
    from cnnbp_cli.show.train import show_notes

    monitor = Monitor(training)
    with LiveServer(monitor.app).in_background() as server:
        show_notes(console, [f"this training, live: {server.address}"])
        try:
            yield monitor.show
        finally:
            monitor.end("has stopped")
