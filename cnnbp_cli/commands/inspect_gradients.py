"""`cnnbp inspect-gradients`: every delta and gradient of a network, checked and explained."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cnnbp_cli.commands.completion import complete_entry
from cnnbp_cli.commands.images import ImageSource, Split
from cnnbp_cli.commands.options import (
    DataDir,
    Force,
    Json,
    Mirror,
    Offline,
    Set,
    checkpoint_option,
    config_option,
    path,
    typed,
)
from cnnbp_cli.commands.traced_images import ChosenImages
from cnnbp_cli.commands.traced_pass import TracedPass
from cnnbp_cli.errors import CnnbpError, ExitCode

if TYPE_CHECKING:
    from rich.console import Console

    from cnnbp_cli.show.inspect_gradients import Inspection, Subject

SUBJECT_PANEL = "Network and images"
"""The panel of --help for the options that say which pass is traced."""


def inspect_gradients(
    context: typer.Context,
    config: Annotated[
        Path | None,
        config_option("Config file (YAML); its weights are freshly initialised.", rich_help_panel=SUBJECT_PANEL),
    ] = None,
    checkpoint: Annotated[
        Path | None, checkpoint_option("Checkpoint (.npz) or run folder.", rich_help_panel=SUBJECT_PANEL)
    ] = None,
    split: Annotated[
        Split, typer.Option(rich_help_panel=SUBJECT_PANEL, help="Split to take the images from.")
    ] = "test",
    index: Annotated[
        int | None,
        typer.Option(
            metavar="I", min=0, rich_help_panel=SUBJECT_PANEL, show_default="0", help="Use one image, by its number."
        ),
    ] = None,
    batch: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            rich_help_panel=SUBJECT_PANEL,
            help="Use the first N images as one batch: the cost and its gradients are means over the batch.",
        ),
    ] = None,
    image: Annotated[
        Path | None,
        typer.Option(
            metavar="PICTURE",
            parser=path,
            rich_help_panel=SUBJECT_PANEL,
            help="Use your own picture (PNG or JPEG), read as cnnbp predict reads it. Needs --label.",
        ),
    ] = None,
    label: Annotated[
        int | None,
        typer.Option(
            metavar="CLASS", min=0, rich_help_panel=SUBJECT_PANEL, help="The class that the picture of --image shows."
        ),
    ] = None,
    overrides: Set = None,
    check: Annotated[
        bool,
        typer.Option("--check", help="Check every gradient against central differences; exit with 1 if one is wrong."),
    ] = False,
    explain: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ENTRY",
            help="Show the sum behind one number, such as 'conv1.weight[0,0,2,3]' or 'conv1.delta[1,5,7]', "
            "instead of the tables. May be repeated.",
            autocompletion=complete_entry,
        ),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            parser=path,
            help="Write an interactive HTML page instead of the tables: all arrays of one image as pictures, and the "
            "sum behind each number.",
        ),
    ] = None,
    export: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            parser=path,
            help="Write the pass as an exercise (.npz or .json), to check another implementation with cnnbp diagnose.",
        ),
    ] = None,
    questions_only: Annotated[
        bool, typer.Option("--questions-only", help="Leave the deltas and gradients out of the exercise.")
    ] = False,
    force: Force = False,
    as_json: Json = False,
    data_dir: DataDir = None,
    mirror: Mirror = None,
    offline: Offline = False,
    run: Annotated[Path | None, typer.Option(metavar="RUN", parser=path, hidden=True)] = None,
) -> None:
    """Trace one forward and backward pass: every delta and gradient with its equation, shape and size.

    Example:  cnnbp inspect-gradients --config configs/seed.yaml --check
    """
    if run:
        _redirect_to_health(context, run, as_json=as_json)
        return

    from cnnbp_cli.files.outputs import refuse_existing
    from cnnbp_cli.numerics.threads import limit_threads
    from cnnbp_cli.show.console import Consoles
    from cnnbp_cli.show.inspect_gradients import inspect_gradients_document, show_inspect_gradients
    from cnnbp_cli.show.json import show_json

    chosen = ChosenImages(split, index, batch, image, label)
    traced = TracedPass(config, checkpoint, tuple(overrides or ()), chosen)
    outputs = PassOutputs(html, export, questions_only)
    refuse_existing(html, export, force=force)
    limit_threads(1)  # a pass over a few images is too short for more
    consoles = Consoles.of_process()
    subject = traced.trace(ImageSource(data_dir, mirror, offline), consoles.err)
    inspection = _inspect(subject, explain or (), consoles.err, check=check)
    outputs.write(subject)
    if as_json:
        show_json(inspect_gradients_document(inspection))
    else:
        show_inspect_gradients(consoles.out, inspection, page=html, exercise=export)
    if inspection.failed:
        raise typer.Exit(ExitCode.FAILED)


@dataclass(frozen=True)
class PassOutputs:
    """The files to write: the options `--html`, `--export` and `--questions-only`."""

    html: Path | None
    export: Path | None
    questions_only: bool

    def __post_init__(self) -> None:
        if self.questions_only and not self.export:
            raise CnnbpError(
                "--questions-only needs --export", hint="Give the file of the exercise, too: --export FILE."
            )

    def write(self, subject: Subject) -> None:
        """Write the page and the exercise that were asked for."""
        from cnnbp_cli.diagnosis.exchange import Exercise, check_size, format_of, pack
        from cnnbp_cli.files.durable import write
        from cnnbp_cli.gradients.page import page_data
        from cnnbp_cli.show.report.page import gradient_page

        if self.export:
            check_size(subject.trace.network, subject.trace.labels.size, str(self.export))
        if self.html:
            image = subject.origin.describe(1)
            data = page_data(subject.trace)
            page = gradient_page(
                data, subject.config.name, source=subject.description, image=image, classes=subject.classes
            )
            write(self.html, page.encode())
        if self.export:
            exercise = Exercise(subject.config, subject.trace)
            write(self.export, pack(exercise, format_of(self.export), questions_only=self.questions_only))


def _inspect(subject: Subject, entries: list[str] | tuple[()], console: Console, *, check: bool) -> Inspection:
    from cnnbp_cli.gradients.check import check as check_gradients
    from cnnbp_cli.gradients.explain import Explainer
    from cnnbp_cli.show.inspect_gradients import Inspection
    from cnnbp_cli.show.walk import check_progress

    explainer = Explainer(subject.trace)
    explanations = [explainer.explain(entry) for entry in entries]
    if not check:
        return Inspection(subject, explanations)
    with check_progress(console):
        return Inspection(subject, explanations, list(check_gradients(subject.trace)))


def _redirect_to_health(context: typer.Context, run: Path, *, as_json: bool) -> None:
    """`inspect-gradients --run RUN` is the former name of `health RUN`."""
    from cnnbp_cli.commands.health import health
    from cnnbp_cli.files.text import command_line
    from cnnbp_cli.show.console import Consoles
    from cnnbp_cli.show.train import show_notes

    command = command_line(["cnnbp", "health", str(run)])
    if any(typed(context, name) for name in context.params if name not in ("run", "as_json")):
        raise CnnbpError(
            "--run shows the health of a run and takes no other option than --json", hint=f"It is now: {command}"
        )
    show_notes(Consoles.of_process().err, [f"inspect-gradients --run is now: {command}"])
    health(run, as_json=as_json)
