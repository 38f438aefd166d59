"""`cnnbp report`: a page of a run, or of several side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cnnbp_cli.commands.completion import complete_run
from cnnbp_cli.commands.images import find_images
from cnnbp_cli.commands.options import DataDir, Json, Mirror, Offline, Threads

if TYPE_CHECKING:
    from cnnbp_cli.training.data import Data
    from cnnbp_cli.training.runs import Run

TOGETHER = Path("report.html")


def report(
    runs: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="RUN",
            show_default="the newest run in ./runs",
            help="Folders that cnnbp train made. Several are set side by side.",
            autocompletion=complete_run,
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            show_default="report.html in the run folder; of several runs, here",
            help="Where to write the page.",
        ),
    ] = None,
    threads: Threads = None,
    as_json: Json = False,
    data_dir: DataDir = None,
    mirror: Mirror = None,
    offline: Offline = False,
) -> None:
    """Make a page of a run: curves, kernels, feature maps, confusion, mistakes, health, config, machine, times.

    Example:  cnnbp report runs/seed-001

    The page is one file that fetches nothing. With --json it is written only where -o says so. Of several runs it
    shows the curves in one chart, what each came to, and what differs in their configs.
    """
    from cnnbp_cli.files.durable import write
    from cnnbp_cli.numerics.threads import usable_cores
    from cnnbp_cli.show.console import Consoles
    from cnnbp_cli.show.json import show_json
    from cnnbp_cli.show.report.document import show_page
    from cnnbp_cli.show.report.run.comparison import comparison_page
    from cnnbp_cli.show.report.run.page import run_page
    from cnnbp_cli.show.report.run.record import comparison_document, report_document
    from cnnbp_cli.training.comparison import compare
    from cnnbp_cli.training.data import Data
    from cnnbp_cli.training.history import read_history
    from cnnbp_cli.training.report import make_report
    from cnnbp_cli.training.runs import newest_run

    consoles = Consoles.of_process()
    folders = runs or [newest_run().folder]
    document: Callable[[], Mapping[str, Any]]
    page: Callable[[], str]
    if len(folders) > 1:
        compared = compare(folders)
        document, page, path = partial(comparison_document, compared), partial(comparison_page, compared), TOGETHER
    else:
        history = read_history(folders[0])
        folder = find_images(history.config, consoles.err, data_dir=data_dir, mirror=mirror, offline=offline)
        made = make_report(history, Data.read(folder, history.config), threads=threads or usable_cores())
        document, page, path = partial(report_document, made), partial(run_page, made), history.run.report
    if output or not as_json:
        write(output or path, page().encode())
    if as_json:
        show_json(document())
    else:
        show_page(consoles.out, output or path)


def write_report(run: Run, data: Data, *, threads: int) -> None:
    """The page of a run that has just ended, into its folder."""
    from cnnbp_cli.files.durable import write
    from cnnbp_cli.show.report.run.page import run_page
    from cnnbp_cli.training.history import read_history
    from cnnbp_cli.training.report import make_report

    write(run.report, run_page(make_report(read_history(run.folder), data, threads=threads)).encode())
