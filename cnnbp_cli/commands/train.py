"""`cnnbp train`: train the network of a config, or go on with a run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cnnbp_cli.commands.completion import complete_checkpoint, complete_config
from cnnbp_cli.commands.images import find_images
from cnnbp_cli.commands.interrupts import noted_signals
from cnnbp_cli.commands.options import DataDir, Json, Mirror, Offline, Set, Threads
from cnnbp_cli.errors import CnnbpError

if TYPE_CHECKING:
    from rich.console import Console

    from cnnbp_cli.config import Config
    from cnnbp_cli.show.console import Consoles
    from cnnbp_cli.training.events import RunDone
    from cnnbp_cli.training.start import Training


def train(
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The network and how to train it, in YAML; cnnbp init writes one.",
            autocompletion=complete_config,
        ),
    ] = None,
    resume: Annotated[
        Path | None,
        typer.Option(
            metavar="CKPT",
            help="Go on with the run of this last.npz (or this run folder), exactly as if it had not stopped.",
            autocompletion=complete_checkpoint,
        ),
    ] = None,
    epochs: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Passes over the training images; short for --set train.epochs=N."),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=0,
            help="The source of all chance; short for --set train.seed=N. "
            "The same seed and number of threads give the same weights.",
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
            rich_help_panel="Output",
            help="Save last.npz after every N steps too. Without it: at the end of each epoch.",
        ),
    ] = None,
    output_dir: Annotated[
        Path | None,
        typer.Option(metavar="DIR", rich_help_panel="Output", help="The run folder, instead of runs/NAME-NNN."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", rich_help_panel="Output", help="Replace a run that is in that folder.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", rich_help_panel="Output", help="Show the result only.")
    ] = False,
    tensorboard: Annotated[
        bool,
        typer.Option(
            "--tensorboard", rich_help_panel="Output", help="Write event files for TensorBoard into the run folder."
        ),
    ] = False,
    no_report: Annotated[
        bool, typer.Option("--no-report", rich_help_panel="Output", help="Do not make the page report.html at the end.")
    ] = False,
    as_json: Json = False,
    data_dir: DataDir = None,
    mirror: Mirror = None,
    offline: Offline = False,
) -> None:
    """Train a network; save its best weights, its last ones, and its metrics.

    Example:  cnnbp train --config configs/seed.yaml --epochs 3

    Ctrl-C finishes the step, saves, and says how to resume; a second one stops at once.
    """
    from cnnbp_cli.numerics.threads import limit_threads, usable_cores
    from cnnbp_cli.show.console import Consoles
    from cnnbp_cli.show.json import show_json
    from cnnbp_cli.show.train import run_document, show_remarks, show_run
    from cnnbp_cli.training.findings import findings
    from cnnbp_cli.training.threads import suitable_threads

    if config is None and resume is None:
        raise CnnbpError(
            "neither --config nor --resume says what to train",
            hint="Such as: cnnbp train --config FILE; cnnbp init writes a FILE to begin with.",
        )
    if tensorboard:
        from cnnbp_cli.export.extras import require

        require("tensorboardX", "tensorboard")
    overrides = list(overrides or ())
    overrides += [f"train.epochs={epochs}"] if epochs is not None else []
    overrides += [f"train.seed={seed}"] if seed is not None else []
    consoles = Consoles.of_process()
    images = partial(find_images, console=consoles.err, data_dir=data_dir, mirror=mirror, offline=offline)
    training = _prepare(config, resume, overrides, images, output_dir, force=force)
    limit_threads(threads or suitable_threads(training.network, training.config.train.batch_size))
    if not quiet:
        show_remarks(consoles.err, training.remarks)
    done, signal = _train(
        training,
        consoles.err,
        threads=threads or usable_cores(),
        save_every=checkpoint_every,
        quiet=quiet,
        tensorboard=tensorboard,
    )
    state = training.state
    found = findings(training.network, state.rows, state.health)
    if as_json:
        show_json(run_document(done, state, found))
    else:
        show_run(consoles.out, done, found)
    if signal:  # it came when only the end was left to do
        raise typer.Exit(128 + signal)
    if not no_report:
        _report(training, consoles, threads=threads or usable_cores(), quiet=as_json)


def _prepare(
    config: Path | None,
    resume: Path | None,
    overrides: Sequence[str],
    find: Callable[[Config], Path],
    folder: Path | None,
    *,
    force: bool,
) -> Training:
    """A new training of `config`, or the one of the checkpoint `resume`."""
    from cnnbp_cli.config import config_from_data, load_config, to_data
    from cnnbp_cli.training import start
    from cnnbp_cli.training.checkpoint import load_checkpoint
    from cnnbp_cli.training.data import Data
    from cnnbp_cli.training.runs import LAST, find_checkpoint

    saved = load_checkpoint(find_checkpoint(resume, LAST)) if resume else None
    if config:
        wanted = load_config(config, overrides)
    else:
        assert saved, "one of the two is named"
        wanted = config_from_data(to_data(saved.config), str(saved.path), overrides)
    data = Data.read(find(wanted), wanted)
    if saved:
        return start.resume(saved, wanted, data, folder, force=force)
    return start.start(wanted, data, folder, force=force)


def _train(
    training: Training, console: Console, *, threads: int, save_every: int | None, quiet: bool, tensorboard: bool
) -> tuple[RunDone, int]:
    """The end of the run, and the signal that came too late to stop it; a training that is stopped ends the command."""
    from cnnbp_cli.show.train import show_stop
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
                going = fit(training, lambda: bool(signals), threads=threads, save_every=save_every)
                for event in stack.enter_context(closing(going)):
                    for show in views:
                        show(event)
        except Interrupted as stop:
            show_stop(console, stop)
            raise typer.Exit(128 + signals[0]) from None
    assert isinstance(event, RunDone), "what fit ends with"
    return event, signals[0] if signals else 0


def _report(training: Training, consoles: Consoles, *, threads: int, quiet: bool) -> None:
    """The page of the run; the training is at its end, and nothing that goes wrong here is its failure."""
    from cnnbp_cli.commands.report import write_report
    from cnnbp_cli.show.report.document import show_page
    from cnnbp_cli.show.train import as_typed, show_remarks

    run = training.run
    try:
        write_report(run, training.data, threads=threads)
    except Exception as error:  # nor is a mistake of ours
        why = " ".join(str(error).split())
        show_remarks(
            consoles.err,
            [f"there is no page of this run ({why}); to try again: {as_typed(['report', str(run.folder)])}"],
        )
    else:
        if not quiet:
            show_page(consoles.out, run.report)
