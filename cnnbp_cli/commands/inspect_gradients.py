"""`cnnbp inspect-gradients`: every delta and gradient of a network, checked and explained."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cnnbp_cli.commands.completion import complete_checkpoint, complete_config, complete_entry, complete_run
from cnnbp_cli.commands.images import Split, find_images, load_split
from cnnbp_cli.commands.options import DataDir, Json, Mirror, Offline, Set, Threads
from cnnbp_cli.errors import CnnbpError, ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnbp_cli.config import Config
    from cnnbp_cli.network import Network, Parameters
    from cnnbp_cli.numerics.arrays import Array
    from cnnbp_cli.show.inspect_gradients import Subject

WHAT = "What to look at"


def inspect_gradients(
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            rich_help_panel=WHAT,
            help="A network in YAML, with the weights that its seed gives it.",
            autocompletion=complete_config,
        ),
    ] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            metavar="CKPT",
            rich_help_panel=WHAT,
            help="A trained network: a .npz file of cnnbp train, or a run folder.",
            autocompletion=complete_checkpoint,
        ),
    ] = None,
    run: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            rich_help_panel=WHAT,
            help="A run folder: how each layer's gradient, weights and units did over the epochs, and what it means.",
            autocompletion=complete_run,
        ),
    ] = None,
    split: Annotated[Split, typer.Option(rich_help_panel=WHAT, help="The images to choose from.")] = "test",
    index: Annotated[
        int | None,
        typer.Option(metavar="I", min=0, rich_help_panel=WHAT, show_default="0", help="One image, by its number."),
    ] = None,
    batch: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            rich_help_panel=WHAT,
            help="The first N images at once: C is their mean, and so are the gradients.",
        ),
    ] = None,
    overrides: Set = None,
    check: Annotated[
        bool,
        typer.Option("--check", help="Compare every gradient with central differences; exit code 1 if one is wrong."),
    ] = False,
    explain: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ENTRY",
            help="Show the sum that makes one number, such as 'conv1.weight[0,0,2,3]' or 'conv1.delta[1,5,7]', "
            "instead of the tables. May be given repeatedly.",
            autocompletion=complete_entry,
        ),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write a page for the browser instead of the tables: all arrays of one image as pictures, and for "
            "each number that is pointed at the sum that makes it.",
        ),
    ] = None,
    export: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write the pass as an exercise too, .npz or .json, for cnnbp diagnose to check another "
            "implementation by.",
        ),
    ] = None,
    questions_only: Annotated[
        bool, typer.Option("--questions-only", help="Leave the deltas and gradients out of the exported exercise.")
    ] = False,
    threads: Threads = None,
    as_json: Json = False,
    data_dir: DataDir = None,
    mirror: Mirror = None,
    offline: Offline = False,
) -> None:
    """Walk down a network and back up: every delta and gradient, with its equation, shape and size.

    Example:  cnnbp inspect-gradients --config configs/seed.yaml --check
    """
    if run:
        others = (config, checkpoint, index, batch, overrides, check, explain, html, export, questions_only)
        if any(not (option is None or option is False) for option in others):  # 0 is an index
            raise CnnbpError(
                "--run shows what was measured while a run trained, and goes with --json alone",
                hint=f"To look at one pass through its network: cnnbp inspect-gradients --checkpoint {run}",
            )
        _show_run(run, as_json=as_json)
        return

    from cnnbp_cli.diagnosis.exchange import Exercise, format_of, pack
    from cnnbp_cli.files.durable import write
    from cnnbp_cli.gradients.check import Verdict
    from cnnbp_cli.gradients.check import check as compare
    from cnnbp_cli.gradients.explain import Explainer
    from cnnbp_cli.gradients.trace import trace
    from cnnbp_cli.gradients.walk import answer, backward_walk, forward_walk
    from cnnbp_cli.numerics.threads import limit_threads
    from cnnbp_cli.show.console import Consoles
    from cnnbp_cli.show.exercise import show_exported
    from cnnbp_cli.show.explain import show_explanation
    from cnnbp_cli.show.inspect_gradients import Subject, inspection_document, show_subject
    from cnnbp_cli.show.json import show_json
    from cnnbp_cli.show.report.document import show_page
    from cnnbp_cli.show.walk import checking, show_answer, show_check, show_walk

    if index is not None and batch is not None:
        raise CnnbpError("--index asks for one image and --batch for several", hint="Leave one of them out.")
    if questions_only and not export:
        raise CnnbpError("--questions-only is about what --export writes", hint="Say where to: --export FILE.")
    limit_threads(threads or 1)
    consoles = Consoles.of_process()
    source, settings, network, params, trained_on = _network(config, checkpoint, overrides or ())
    folder = find_images(settings, consoles.err, data_dir=data_dir, mirror=mirror, offline=offline)
    images, labels = _images(folder, settings, network, split, trained_on, index or 0, batch or 1)
    traced = trace(network, params, images, labels)
    subject = Subject(source, checkpoint is not None, split, index or 0, traced)
    forward, backward = list(forward_walk(traced)), list(backward_walk(traced))
    explainer = Explainer(traced)
    explanations = [explainer.explain(entry) for entry in explain or ()]
    tensors = None
    if check:
        with checking(consoles.err):
            tensors = list(compare(traced))

    if html:
        _write_page(html, subject, settings.name)
    if export:
        write(export, pack(Exercise(settings, traced), format_of(export), questions_only=questions_only))

    if as_json:
        show_json(
            inspection_document(subject, forward=forward, backward=backward, check=tensors, explanations=explanations)
        )
    else:
        out = consoles.out
        show_subject(out, subject)
        if html:
            show_page(out, html)
        if export:
            show_exported(out, export)
        if not explain and not html:
            out.print()
            show_walk(out, "Down the network", forward)
            out.print()
            show_walk(out, "Back up", backward)
            out.print()
            show_answer(out, answer(traced))
        for explanation in explanations:
            out.print()
            show_explanation(out, explanation)
        if tensors:
            out.print()
            show_check(out, tensors)
    if any(tensor.verdict is Verdict.FAIL for tensor in tensors or ()):
        raise typer.Exit(ExitCode.FAILED)


def _show_run(folder: Path, *, as_json: bool) -> None:
    from cnnbp_cli.show.console import Consoles
    from cnnbp_cli.show.health import health_document, show_health
    from cnnbp_cli.show.json import show_json
    from cnnbp_cli.training.history import read_health

    history = read_health(folder)
    if as_json:
        show_json(health_document(history))
    else:
        show_health(Consoles.of_process().out, history)


def _write_page(path: Path, subject: Subject, title: str) -> None:
    from cnnbp_cli.files.durable import write
    from cnnbp_cli.gradients.page import page_data
    from cnnbp_cli.show.report.page import gradient_page

    source = f"{subject.source}{'' if subject.trained else ', with new weights'}"
    image = f"{subject.split} image {subject.first}"
    write(path, gradient_page(page_data(subject.trace), title, source=source, image=image).encode())


def _network(
    config: Path | None, checkpoint: Path | None, overrides: Sequence[str]
) -> tuple[Path, Config, Network, Parameters, str | None]:
    """Where the network is from, its config, itself with its weights, and the fingerprint of what they learnt from."""
    from cnnbp_cli.config import load_config
    from cnnbp_cli.network import Network
    from cnnbp_cli.training.checkpoint import load_checkpoint
    from cnnbp_cli.training.runs import find_checkpoint
    from cnnbp_cli.training.state import State

    if config and not checkpoint:
        settings = load_config(config, overrides)
        network = Network(settings.input, settings.layers, settings.loss)
        return config, settings, network, State.new(settings, network).params, None
    if checkpoint and not config:
        if overrides:
            raise CnnbpError("--set changes a config, and a checkpoint has its own", hint="Leave --set out.")
        saved = load_checkpoint(find_checkpoint(checkpoint))
        return saved.path, saved.config, saved.network, saved.state.params, saved.data
    raise CnnbpError(
        "name one network: --config FILE or --checkpoint CKPT; or a run: --run DIR",
        hint="Such as: cnnbp inspect-gradients --config FILE; cnnbp init writes a FILE to begin with.",
    )


def _images(
    folder: Path, config: Config, network: Network, split: Split, trained_on: str | None, index: int, count: int
) -> tuple[Array, Array]:
    """`count` images of a split from `index` on, (C, H, W, N), and their labels."""
    import numpy as np

    from cnnbp_cli.config.limits import too_large
    from cnnbp_cli.mnist.batches import to_input

    images, places = load_split(folder, config, split, trained_on)
    places = np.arange(len(images)) if places is None else places
    if index + count > len(places):
        raise CnnbpError(
            f"the {split} images are 0 to {len(places) - 1:,}",
            where=f"--index {index}" if count == 1 else f"--batch {count}",
        )
    for _, problem in too_large(network, 2 * count):  # float64 takes twice the memory of float32
        raise CnnbpError(problem, where=f"--batch {count}", hint="Take fewer images.")
    some = places[index : index + count]
    x = np.empty((*network.input_shape, count), np.float64)
    return to_input(images.images[some], x), images.labels[some].astype(np.intp)
