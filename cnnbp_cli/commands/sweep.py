"""`cnnbp sweep`: train a network with many config values, on many processes or machines, and choose the best."""

from __future__ import annotations

from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cnnbp_cli.commands.images import ImageSource
from cnnbp_cli.commands.interrupts import noted_signals
from cnnbp_cli.commands.options import (
    DataDir,
    Json,
    Mirror,
    Offline,
    Scheduler,
    Set,
    Workers,
    config_option,
    path,
)
from cnnbp_cli.errors import CnnbpError, Failed
from cnnbp_cli.files.text import command_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnbp_cli.config import Config
    from cnnbp_cli.config.document import Document
    from cnnbp_cli.parallel import TaskExecutor
    from cnnbp_cli.show.console import Consoles
    from cnnbp_cli.sweeps.file import SweepFile
    from cnnbp_cli.sweeps.folder import SweepFolder
    from cnnbp_cli.sweeps.plan import SweepPlan
    from cnnbp_cli.sweeps.sweep import Sweep

WHAT_PANEL = "What to train"
"""The panel of --help for the options that a sweep file can have as well."""


def sweep(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", show_default=False, parser=path, help="Sweep file (YAML), instead of options."),
    ] = None,
    config: Annotated[Path | None, config_option("Base config.", rich_help_panel=WHAT_PANEL)] = None,
    vary: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=A,B,…",
            rich_help_panel=WHAT_PANEL,
            help="A config key and its values, or a range: KEY=0.001..0.3:log. May be repeated.",
        ),
    ] = None,
    seeds: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            rich_help_panel=WHAT_PANEL,
            show_default="the config's",
            help="Seeds 0 to N − 1 per point.",
        ),
    ] = None,
    method: Annotated[
        str | None,
        typer.Option(
            metavar="METHOD",
            rich_help_panel=WHAT_PANEL,
            show_default="grid",
            help="grid: all combinations; random: some; halving: stop the worse ones early.",
        ),
    ] = None,
    runs: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=1, rich_help_panel=WHAT_PANEL, show_default="20", help="Points for random and halving."
        ),
    ] = None,
    overrides: Set = None,
    workers: Workers = None,
    scheduler: Scheduler = None,
    resume: Annotated[
        Path | None,
        typer.Option(metavar="DIR", parser=path, show_default=False, help="Continue the sweep in this folder."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the command of each run, and train nothing.")
    ] = False,
    output_dir: Annotated[
        Path | None, typer.Option(metavar="DIR", show_default="sweeps/NAME-NNN", parser=path, help="Sweep folder.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only the result.")] = False,
    as_json: Json = False,
    data_dir: DataDir = None,
    mirror: Mirror = None,
    offline: Offline = False,
) -> None:
    """Train with many config values and seeds, in parallel, and choose the best by validation accuracy.

    Example:  cnnbp sweep --config configs/tiny.yaml --vary train.optimizer.learning_rate=0.01,0.03,0.1 --seeds 3

    Each run equals what cnnbp train gives with the same values. The test set is evaluated once, for the chosen point.
    Ctrl-C saves all runs and prints the command that continues the sweep.
    """
    from cnnbp_cli.parallel import open_executor
    from cnnbp_cli.show.console import Consoles
    from cnnbp_cli.show.train import show_notes
    from cnnbp_cli.sweeps.sweep import Sweep

    consoles = Consoles.of_process()
    source = ImageSource(data_dir, mirror, offline)

    def find_images(config: Config) -> Path:
        return source.find(config, consoles.err)

    options: dict[str, Any] = {
        "config": str(config) if config else None,
        "vary": vary,
        "seeds": seeds,
        "method": method,
        "runs": runs,
        "set": overrides,
        "output_dir": output_dir,
    }
    plan = None if resume else _planned(file, options)
    if plan and dry_run:
        _show_plan(consoles, plan)
        return
    with open_executor(workers, scheduler, lambda note: show_notes(consoles.err, [note])) as executor:
        if plan:
            folder = _created(plan, find_images, output_dir)
        else:
            assert resume, "one of the two is given"
            folder = _continued(resume, find_images, file, options)
        with closing(folder):
            again = ["--data-dir", str(data_dir)] if data_dir else []
            again += ["--scheduler", scheduler] if scheduler else []
            _run(Sweep(folder, find_images, again), executor, consoles, quiet=quiet, as_json=as_json)


def _planned(file: Path | None, options: dict[str, Any]) -> SweepPlan:
    """The plan that the file and the options describe."""
    from cnnbp_cli.sweeps.load import base_config, load_sweep, parse_vary, sweep_of_options
    from cnnbp_cli.sweeps.plan import SweepPlan

    changes = {key: value for key, value in options.items() if key in ("seeds", "method", "runs", "set") and value}
    if options["vary"]:
        changes["parameters"] = parse_vary(options["vary"])
    found: tuple[SweepFile, Document]
    if file:
        if options["config"]:
            raise CnnbpError("the sweep file names the config", hint="Leave out --config, or give options only.")
        found = load_sweep(file, changes)
    elif options["config"]:
        found = sweep_of_options(Path(options["config"]), changes)
    else:
        raise CnnbpError(
            "give a sweep file, --config or --resume",
            hint="Example: cnnbp sweep --config seed.yaml --vary train.batch_size=16,64",
        )
    swept, document = found
    plan = SweepPlan(swept, base_config(swept, file))
    plan.check(document)
    return plan


def _show_plan(consoles: Consoles, plan: SweepPlan) -> None:
    from cnnbp_cli.show.sweep import train_command

    for point in plan.points:
        for seed in plan.seeds:
            consoles.out.print(command_line(train_command(plan, point, seed)), soft_wrap=True)


def _created(plan: SweepPlan, find_images: Callable[[Config], Path], folder: Path | None) -> SweepFolder:
    """A new sweep folder."""
    from cnnbp_cli.sweeps.folder import SweepFolder
    from cnnbp_cli.sweeps.images import identity, read

    return SweepFolder.create(plan, identity(read(find_images(plan.common), plan.common.input)), folder)


def _continued(
    resume: Path, find_images: Callable[[Config], Path], file: Path | None, options: dict[str, Any]
) -> SweepFolder:
    """The folder of a sweep that was begun."""
    from cnnbp_cli.sweeps.folder import SweepFolder
    from cnnbp_cli.sweeps.images import identity, read

    given = [f"--{key.replace('_', '-')}" for key, value in options.items() if value] + (["FILE"] if file else [])
    if given:
        raise CnnbpError(
            f"--resume continues a sweep as it was planned, so it does not go with {', '.join(given)}",
            hint="Leave that out, or start a new sweep without --resume.",
        )
    folder = SweepFolder.open(resume)
    found = identity(read(find_images(folder.plan.common), folder.plan.common.input))
    if found != folder.origin.images:
        folder.close()
        raise CnnbpError(
            f"the sweep was begun with other images ({folder.origin.images}) than these ({found})",
            where=str(resume),
            hint="Name the folder of its data set: --data-dir DIR.",
        )
    return folder


def _run(made: Sweep, executor: TaskExecutor, consoles: Consoles, *, quiet: bool, as_json: bool) -> None:
    """Train, show the progress and the result, and write the files of the sweep whatever happens."""
    from cnnbp_cli.show.json import show_json
    from cnnbp_cli.show.report.document import show_page
    from cnnbp_cli.show.sweep import show_sweep, sweep_document
    from cnnbp_cli.show.sweep_progress import sweep_view
    from cnnbp_cli.show.train import show_interrupted
    from cnnbp_cli.sweeps.events import SweepDone
    from cnnbp_cli.sweeps.sweep import SweepInterrupted

    with noted_signals() as signals:
        try:
            with (
                sweep_view(consoles.err, made, quiet=quiet) as show,
                closing(made.run(executor, lambda: bool(signals))) as events,
            ):
                for event in events:
                    show(event)
        except SweepInterrupted as stop:
            _write(made)
            show_interrupted(consoles.err, stop)
            raise typer.Exit(128 + signals[0]) from None
        except CnnbpError:
            with suppress(CnnbpError):
                _write(made)
            raise
    assert isinstance(event, SweepDone), "the last event of a sweep"
    _write(made)
    if as_json:
        show_json(sweep_document(made))
    else:
        show_sweep(consoles.out, made, event.seconds)
        show_page(consoles.out, made.folder.report)
    if not made.ranking:
        raise Failed(
            "every run failed", where=str(made.folder.folder), hint="The reasons are above, and in results.csv."
        )
    if signals:  # it came after the last run: the sweep is complete
        raise typer.Exit(128 + signals[0])


def _write(made: Sweep) -> None:
    """Write summary.json and report.html."""
    from cnnbp_cli.files.durable import write
    from cnnbp_cli.show.json import json_text
    from cnnbp_cli.show.report.sweep.page import sweep_page
    from cnnbp_cli.show.sweep import sweep_document

    write(made.folder.summary, json_text(sweep_document(made)).encode())
    write(made.folder.report, sweep_page(made).encode())
