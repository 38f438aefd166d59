"""`cnnbp report`: write a report of a run, or of several runs side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cnnbp_cli.commands.completion import complete_run
from cnnbp_cli.commands.images import ImageSource
from cnnbp_cli.commands.options import DataDir, Force, Json, Mirror, Offline, Threads, output_option, path

if TYPE_CHECKING:
    from cnnbp_cli.training.data import Data
    from cnnbp_cli.training.runs import Run

COMPARISON = Path("report.html")
"""Where the report of several runs goes unless `--output` says otherwise."""


def report(
    runs: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="RUN",
            show_default="the newest run in ./runs",
            parser=path,
            help="Run folders. Several are compared side by side.",
            autocompletion=complete_run,
        ),
    ] = None,
    output: Annotated[
        Path | None,
        output_option("File to write.", show_default="report.html in the run folder; for several runs, ./report.html"),
    ] = None,
    force: Force = False,
    threads: Threads = None,
    as_json: Json = False,
    data_dir: DataDir = None,
    mirror: Mirror = None,
    offline: Offline = False,
) -> None:
    """Write an HTML report of a run: curves, kernels, feature maps, confusion matrix, mistakes, health, config.

    Example:  cnnbp report runs/seed-001

    The report is one self-contained file. With --json, it is written only if -o is given.
    For several runs, it shows their curves in one chart, their results, and how their configs differ.
    """
    from cnnbp_cli.files.durable import write
    from cnnbp_cli.files.outputs import refuse_existing
    from cnnbp_cli.numerics.threads import usable_cores
    from cnnbp_cli.show.console import Consoles
    from cnnbp_cli.show.json import show_json
    from cnnbp_cli.show.report.document import show_page
    from cnnbp_cli.show.report.run.comparison import comparison_page
    from cnnbp_cli.show.report.run.page import run_page
    from cnnbp_cli.show.report.run.record import comparison_document, report_document
    from cnnbp_cli.show.train import show_notes
    from cnnbp_cli.training.comparison import compare
    from cnnbp_cli.training.data import Data
    from cnnbp_cli.training.history import read_history
    from cnnbp_cli.training.report import make_report
    from cnnbp_cli.training.runs import newest_run

    consoles = Consoles.of_process()
    folders = runs or [newest_run().folder]
    replaced = output or (COMPARISON if len(folders) > 1 and not as_json else None)  # a run's own report is made anew
    refuse_existing(replaced, force=force)
    document: Callable[[], Mapping[str, Any]]
    page: Callable[[], str]
    if len(folders) > 1:
        compared = compare(folders)
        notes = [note for one in compared for note in one.history.notes]
        document, page, default = partial(comparison_document, compared), partial(comparison_page, compared), COMPARISON
    else:
        history = read_history(folders[0])
        notes = [*history.notes]
        folder, _ = ImageSource(data_dir, mirror, offline).find_trained_on(history.last, None, consoles.err)
        made = make_report(history, Data.read(folder, history.config), threads=threads or usable_cores())
        document, page, default = partial(report_document, made), partial(run_page, made), history.run.report
    show_notes(consoles.err, notes)
    if output or not as_json:
        write(output or default, page().encode())
    if as_json:
        show_json(document())
    else:
        show_page(consoles.out, output or default)


def write_report(run: Run, data: Data, *, threads: int) -> None:
    """Write the report of a run into its folder."""
    from cnnbp_cli.files.durable import write
    from cnnbp_cli.show.report.run.page import run_page
    from cnnbp_cli.training.history import read_history
    from cnnbp_cli.training.report import make_report

    write(run.report, run_page(make_report(read_history(run.folder), data, threads=threads)).encode())
