"""`cnnbp explore`: the page of a pass, live."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cnnbp_cli.commands.completion import complete_run
from cnnbp_cli.commands.images import ImageSource
from cnnbp_cli.commands.live_pages import require_live
from cnnbp_cli.commands.options import (
    DataDir,
    Json,
    Mirror,
    Offline,
    Set,
    checkpoint_option,
    config_option,
    path,
)
from cnnbp_cli.errors import CnnbpError

if TYPE_CHECKING:
    from rich.console import Console

    from cnnbp_cli.live.explored import Explored


def explore(
    config: Annotated[Path | None, config_option("Config file (YAML); its weights are freshly initialised.")] = None,
    checkpoint: Annotated[Path | None, checkpoint_option("Checkpoint (.npz) or run folder.")] = None,
    run: Annotated[
        Path | None,
        typer.Option(
            metavar="RUN",
            parser=path,
            help="Run folder, with a slider over the epochs that it has saved.",
            autocompletion=complete_run,
        ),
    ] = None,
    index: Annotated[int, typer.Option(metavar="I", min=0, help="Number of the test image to start with.")] = 0,
    overrides: Set = None,
    port: Annotated[
        int,
        typer.Option(
            metavar="PORT", min=0, max=65535, show_default="any free port", help="Port of this computer to listen on."
        ),
    ] = 0,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Print the address, and open no browser.")] = False,
    as_json: Json = False,
    data_dir: DataDir = None,
    mirror: Mirror = None,
    offline: Offline = False,
) -> None:
    """Open a live page of one pass: draw a digit, change any pixel or weight, train step by step.

    Example:  cnnbp explore --config configs/seed.yaml

    The page is served to this computer alone, at an address that nobody can guess. Ctrl-C ends it.
    """
    import sys
    import webbrowser
    from threading import Thread

    if sum(map(bool, (config, checkpoint, run))) != 1:
        raise CnnbpError(
            "give one of --config, --checkpoint and --run",
            hint="Example: cnnbp explore --config FILE. Create a FILE with cnnbp init.",
        )
    if overrides and not config:
        raise CnnbpError("--set needs --config: a checkpoint has its own config", hint="Leave --set out.")
    require_live()

    from cnnbp_cli.live.exploration import Exploration
    from cnnbp_cli.live.server import LiveServer
    from cnnbp_cli.numerics.threads import limit_threads
    from cnnbp_cli.show.console import Consoles
    from cnnbp_cli.show.explore import explore_document, show_address
    from cnnbp_cli.show.json import show_json

    limit_threads(1)
    consoles = Consoles.of_process()
    images = ImageSource(data_dir, mirror, offline)
    subject = _subject(config, checkpoint, run, overrides or (), images, consoles.err)
    if index >= len(subject.data.test):
        raise CnnbpError(f"the test images are 0 to {len(subject.data.test) - 1:,}", where=f"--index {index}")
    server = LiveServer(Exploration(subject, index).app, port)

    def started() -> None:
        if as_json:
            show_json(explore_document(server.address, subject.source, [stop.name for stop in subject.stops]))
        else:
            show_address(consoles.out, server.address, subject.source)
        sys.stdout.flush()  # a pipe would keep it until the end
        if not no_browser:
            Thread(target=webbrowser.open, args=(server.address,), daemon=True).start()  # some wait for the browser

    server.run(started)


def _subject(
    config: Path | None,
    checkpoint: Path | None,
    run: Path | None,
    overrides: Sequence[str],
    images: ImageSource,
    console: Console,
) -> Explored:
    """The network and its images."""
    from cnnbp_cli.config import Config
    from cnnbp_cli.live.subjects import of_checkpoint, of_config, of_run
    from cnnbp_cli.training.data import Data

    def read(config: Config) -> Data:
        return Data.read(images.find(config, console), config)

    if config:
        return of_config(config, overrides, read)
    if checkpoint:
        return of_checkpoint(checkpoint, read)
    assert run, "one of the three is given"
    return of_run(run, read)
