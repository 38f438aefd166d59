"""The download of the data set: a progress bar for each file, or a line where nothing can be overwritten."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from rich.console import Console
from rich.filesize import decimal

from cnnbp_cli.mnist.download import Progress
from cnnbp_cli.show.console import can_animate

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID


@contextmanager
def download_view(console: Console) -> Iterator[Progress]:
    """Shows the progress of a download. Shows nothing before the first bytes have arrived."""
    with ExitStack() as until_done:
        yield _Bars(console, until_done) if can_animate(console) else DownloadLines(console)


class DownloadLines:
    def __init__(self, console: Console) -> None:
        self.console = console
        self.name = ""

    def __call__(self, name: str, received: int, total: int) -> None:
        if name != self.name:
            self.name = name
            self.console.print(f"Downloading {name}, {decimal(total)}", soft_wrap=True)


class _Bars:
    def __init__(self, console: Console, until_done: ExitStack) -> None:
        self.console = console
        self.until_done = until_done
        self.tasks: dict[str, TaskID] = {}

    @cached_property
    def bars(self) -> Bars:
        from rich import progress

        columns = (
            progress.TextColumn("{task.description}"),
            progress.BarColumn(),
            progress.DownloadColumn(),
            progress.TimeRemainingColumn(),
        )
        return self.until_done.enter_context(progress.Progress(*columns, console=self.console))

    def __call__(self, name: str, received: int, total: int) -> None:
        if name not in self.tasks:
            self.tasks[name] = self.bars.add_task(name, total=total)
        self.bars.update(self.tasks[name], completed=received)
