"""`cnnbp train`: train the network of a config, or resume a run."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cnnbp_cli.commands.images import ImageSource
from cnnbp_cli.commands.interrupts import noted_signals
from cnnbp_cli.commands.live_pages import followed, require_live
from cnnbp_cli.commands.options import (
    DataDir,
    Json,
    Mirror,
    Offline,
    Set,
    Threads,
    checkpoint_option,
    config_option,
    path,
    typed,
)
from cnnbp_cli.errors import CnnbpError

if TYPE_CHECKING:
    from rich.console import Console

    from cnnbp_cli.show.console import Consoles
    from cnnbp_cli.training.events import RunDone
    from cnnbp_cli.training.start import Training

OUTPUT_PANEL = "Output"
"""The panel of --help for the options about what is printed and saved."""


def train(
    context: typer.Context,
    config: Annotated[Path | None, config_option("Config file (YAML). Create one with cnnbp init.")] = None,
    resume: Annotated[
        Path | None,
        checkpoint_option(
            "Resume the run of this last.npz (or run folder), exactly as if it had never stopped.", "--resume"
        ),
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Number of epochs; short for --set train.epochs=N.")
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=0,
            help="Random seed; short for --set train.seed=N. "
            "The same seed gives the same weights, on any number of cores.",
        ),
    ] = None,
    overrides: Set = None,
    threads: Threads = None,
    checkpoint_every: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            show_default=False,
            rich_help_panel=OUTPUT_PANEL,
            help="Save last.npz every N steps too, not only after each epoch.",
        ),
    ] = None,
    keep: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=1,
            max=1000,
            rich_help_panel=OUTPUT_PANEL,
            help="Keep the latest N saves: last.npz, last.1.npz, … If last.npz is damaged, --resume uses last.1.npz.",
        ),
    ] = 2,
    output_dir: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", show_default="runs/NAME-NNN", parser=path, rich_help_panel=OUTPUT_PANEL, help="Run folder."
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", rich_help_panel=OUTPUT_PANEL, help="Replace an existing run in that folder.")
    ] = False,
    quiet: Annotated[
        bool,
        typer.Option(
            "--quiet",
            "-q",
            rich_help_panel=OUTPUT_PANEL,
            help="Print only the result, and notes about what is unusual.",
        ),
    ] = False,
    tensorboard: Annotated[
        bool,
        typer.Option(
            "--tensorboard", rich_help_panel=OUTPUT_PANEL, help="Write TensorBoard event files into the run folder."
        ),
    ] = False,
    live: Annotated[
        bool,
        typer.Option(
            "--live",
            rich_help_panel=OUTPUT_PANEL,
            help="Serve a page that follows the training; print its address.",
        ),
    ] = False,
    no_report: Annotated[
        bool, typer.Option("--no-report", rich_help_panel=OUTPUT_PANEL, help="Do not write report.html at the end.")
    ] = False,
    as_json: Json = False,
    data_dir: DataDir = None,
    mirror: Mirror = None,
    offline: Offline = False,
) -> None:
    """Train a network. Saves the best and the latest weights, and metrics of every epoch.

    Example:  cnnbp train --config configs/seed.yaml --epochs 3

    Ctrl-C finishes the current step, saves, and prints the command that resumes the run.
    A second Ctrl-C stops immediately.
    """
    from cnnbp_cli.numerics.threads import usable_cores
    from cnnbp_cli.show.console import Consoles
    from cnnbp_cli.show.json import show_json
    from cnnbp_cli.show.train import show_notes, show_train, train_document
    from cnnbp_cli.training.findings import findings
    from cnnbp_cli.training.symptoms import at_chance

    if config is None and resume is None:
        raise CnnbpError(
            "give --config or --resume",
            hint="Example: cnnbp train --config FILE. Create a FILE with cnnbp init.",
        )
    if tensorboard:
        from cnnbp_cli.extras import require

        require("tensorboardX", "tensorboard")
    if live:
        require_live()
    overrides = list(overrides or ())
    overrides += [f"train.epochs={epochs}"] if epochs is not None else []
    overrides += [f"train.seed={seed}"] if seed is not None else []
    consoles = Consoles.of_process()
    source = ImageSource(data_dir, mirror, offline)
    training = _prepare(config, resume, overrides, source, consoles.err, output_dir, force=force, keep=keep)
    show_notes(consoles.err, training.remarks)
    done, signal = _train(
        training,
        consoles.err,
        threads=threads or usable_cores(),
        save_every=checkpoint_every,
        quiet=quiet,
        tensorboard=tensorboard,
        live=live,
    )
    state = training.state
    found = findings(training.config, training.network, state.rows, state.health)
    (classes,) = training.network.output_shape
    guessing = done.validation_accuracy is not None and at_chance(done.validation_accuracy, classes)
    rule = training.config.train.early_stopping
    unwritten: OSError | None = None
    try:
        if as_json:
            show_json(train_document(done, state, found))
        else:
            named = data_dir if typed(context, "data_dir") else None
            show_train(consoles.out, done, found, rule, data_dir=named, guessing=guessing)
    except OSError as error:  # the reader is gone, or its disk is full; the report is written all the same
        unwritten = error
    if signal:  # it came after the last step: the run is complete
        raise typer.Exit(128 + signal)
    if not no_report:
        _report(training, consoles, threads=threads or usable_cores(), quiet=as_json or unwritten is not None)
    if unwritten:
        raise unwritten


def _prepare(
    config: Path | None,
    resume: Path | None,
    overrides: Sequence[str],
    source: ImageSource,
    console: Console,
    folder: Path | None,
    *,
    force: bool,
    keep: int,
) -> Training:
    """A new training of `config`, or the training of the checkpoint `resume`."""
    from cnnbp_cli.config import config_from_data, load_config, to_data, with_data_dir
    from cnnbp_cli.mnist.source import lasting
    from cnnbp_cli.training import start
    from cnnbp_cli.training.data import Data
    from cnnbp_cli.training.generations import load_newest

    saved, notes = load_newest(resume) if resume else (None, ())
    if config:
        wanted = load_config(config, overrides)
    else:
        assert saved, "one of the two is given"
        wanted = config_from_data(to_data(saved.config), str(saved.path), overrides)
    recorded = saved.config.data.dir if saved else None
    if saved and wanted.data.dir in (None, recorded):
        wanted = with_data_dir(wanted, recorded)
        images, _ = source.find_trained_on(saved, None, console)
    else:
        images = source.find(wanted, console)
    if source.data_dir:  # recorded for later commands, which then find it in any folder
        wanted = with_data_dir(wanted, lasting(source.data_dir))
    data = Data.read(images, wanted)
    if saved:
        return start.resume(saved, wanted, data, folder, force=force, keep=keep, remarks=notes)
    return start.start(wanted, data, folder, force=force, keep=keep)


def _train(
    training: Training,
    console: Console,
    *,
    threads: int,
    save_every: int | None,
    quiet: bool,
    tensorboard: bool,
    live: bool,
) -> tuple[RunDone, int]:
    """The result of the run, and the signal that came too late to stop it; a stopped training exits."""
    from cnnbp_cli.show.train import show_interrupted
    from cnnbp_cli.show.train_progress import training_view
    from cnnbp_cli.training.events import RunDone
    from cnnbp_cli.training.exceptions import Interrupted
    from cnnbp_cli.training.fit import fit

    with noted_signals() as signals:
        try:
            with ExitStack() as stack:
                views = [stack.enter_context(training_view(console, quiet=quiet))]
                if tensorboard:
                    from cnnbp_cli.export.tensorboard import EventFiles

                    views.append(stack.enter_context(EventFiles(training)).show)
                if live:
                    views.append(stack.enter_context(followed(training, console)))
                events = fit(training, lambda: bool(signals), threads=threads, save_every=save_every)
                for event in stack.enter_context(closing(events)):
                    for show in views:
                        show(event)
        except Interrupted as stop:
            show_interrupted(console, stop)
            raise typer.Exit(128 + signals[0]) from None
    assert isinstance(event, RunDone), "the last event of fit"
    return event, signals[0] if signals else 0


def _report(training: Training, consoles: Consoles, *, threads: int, quiet: bool) -> None:
    """Write the report of the run. The training has succeeded; nothing that goes wrong here makes it fail."""
    from cnnbp_cli.commands.report import write_report
    from cnnbp_cli.files.text import command_line
    from cnnbp_cli.show.report.document import show_page
    from cnnbp_cli.show.train import show_notes

    run = training.run
    try:
        write_report(run, training.data, threads=threads)
    except Exception as error:  # even a bug of ours
        reason = " ".join(str(error).split())
        again = command_line(["cnnbp", "report", str(run.folder)])
        show_notes(consoles.err, [f"no report was written ({reason}). To try again: {again}"])
    else:
        if not quiet:
            show_page(consoles.out, run.report)
