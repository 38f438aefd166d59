"""`cnnbp data`: the images that networks learn from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cnnbp_cli.commands.completion import complete_config
from cnnbp_cli.commands.images import Split, find_images, split_images
from cnnbp_cli.commands.options import DataDir, Json, Mirror, Offline, help_alone
from cnnbp_cli.errors import CnnbpError, Failed

app = typer.Typer(name="data")


@app.callback(invoke_without_command=True)
def data(context: typer.Context) -> None:
    """The images that networks learn from: what is there, download, a look."""
    help_alone(context)


@app.command()
def info(data_dir: DataDir = None, as_json: Json = False) -> None:
    """Say where the data set lies, whether its files are MNIST's, and how many images of each class there are.

    Example:  cnnbp data info

    Nothing is downloaded.
    """
    from cnnbp_cli.mnist.inventory import take_inventory
    from cnnbp_cli.mnist.source import LOCAL_FOLDER, cache_folder, find_held
    from cnnbp_cli.show.console import Consoles
    from cnnbp_cli.show.data import inventory_document, show_inventory
    from cnnbp_cli.show.json import show_json

    folder = find_held(data_dir, None, cache_folder())
    if folder is None:
        raise CnnbpError(
            f"there is no data set, neither in {LOCAL_FOLDER.absolute()} nor in {cache_folder()}",
            hint="Download MNIST: cnnbp data fetch",
        )
    inventory = take_inventory(folder)
    if as_json:
        show_json(inventory_document(inventory))
    else:
        show_inventory(Consoles.of_process().out, inventory)


@app.command()
def fetch(mirror: Mirror = None, as_json: Json = False) -> None:
    """Download MNIST (12 MB) into the user's cache, where every command finds it, and check it.

    Example:  cnnbp data fetch

    What is there already is not downloaded again. The exit code is 1 where it is something else than MNIST.
    """
    from cnnbp_cli.mnist.download import MIRRORS, download
    from cnnbp_cli.mnist.inventory import take_inventory
    from cnnbp_cli.mnist.source import cache_folder
    from cnnbp_cli.show.console import Consoles
    from cnnbp_cli.show.data import inventory_document, show_inventory
    from cnnbp_cli.show.download import download_view
    from cnnbp_cli.show.json import show_json

    consoles = Consoles.of_process()
    with download_view(consoles.err) as progress:
        download(cache_folder(), [mirror, *MIRRORS] if mirror else MIRRORS, progress=progress)
    inventory = take_inventory(cache_folder())
    if as_json:
        show_json(inventory_document(inventory))
    else:
        show_inventory(consoles.out, inventory)
    if not inventory.original:
        others = ", ".join(file.path.name for file in inventory.files if not file.original)
        raise Failed(
            f"not MNIST's: {others}", where=str(inventory.folder), hint="Remove them and run cnnbp data fetch again."
        )


@app.command()
def show(
    split: Annotated[Split, typer.Option(help="The images to choose from.")] = "test",
    only: Annotated[
        int | None, typer.Option("--class", metavar="K", min=0, max=9, help="Images of this class alone.")
    ] = None,
    index: Annotated[
        int | None,
        typer.Option(
            metavar="I", min=0, help="This image, at its full size; with --count or --class, the first to begin with."
        ),
    ] = None,
    count: Annotated[
        int | None, typer.Option(metavar="N", min=1, max=1000, show_default="20", help="How many.")
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            show_default="5,000 images with seed 0, as configs have it by default",
            help="Hold the validation images out as this config does.",
            autocompletion=complete_config,
        ),
    ] = None,
    as_json: Json = False,
    data_dir: DataDir = None,
    mirror: Mirror = None,
    offline: Offline = False,
) -> None:
    """Show images: a sheet of them, or one. The numbers are those that --index takes, here and elsewhere.

    Example:  cnnbp data show --class 7
    """
    import numpy as np

    from cnnbp_cli.config import DataConfig, load_config
    from cnnbp_cli.show.console import Consoles
    from cnnbp_cli.show.data import samples_document, show_samples
    from cnnbp_cli.show.json import show_json

    consoles = Consoles.of_process()
    loaded = load_config(config) if config else None
    held_out = (loaded.data.validation, loaded.train.seed) if loaded else (DataConfig().validation, 0)
    folder = find_images(loaded, consoles.err, data_dir=data_dir, mirror=mirror, offline=offline)
    images, places = split_images(folder, split, *held_out)
    places = np.arange(len(images)) if places is None else places
    if index is not None and index >= len(places):
        raise CnnbpError(f"the {split} images are 0 to {len(places) - 1:,}", where=f"--index {index}")
    wanted = np.arange(index or 0, len(places))
    if only is not None:
        wanted = wanted[images.labels[places[wanted]] == only]
        if not len(wanted):
            raise CnnbpError(f"there is no {only} among the {split} images from {index or 0:,} on", where="--class")
    alone = index is not None and count is None and only is None
    wanted = wanted[: 1 if alone else count or 20]
    some, labels = images.images[places[wanted]], images.labels[places[wanted]]
    if as_json:
        show_json(samples_document(split, wanted.tolist(), labels.tolist(), some))
    else:
        show_samples(consoles.out, split, wanted.tolist(), labels.tolist(), some)
