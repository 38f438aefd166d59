"""`cnnbp data`: inspect, download and show the data set."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cnnbp_cli.commands.completion import complete_set
from cnnbp_cli.commands.images import ImageSource, Split, split_images
from cnnbp_cli.commands.options import DataDir, Json, Mirror, Offline, config_option, help_alone
from cnnbp_cli.errors import CnnbpError, Failed
from cnnbp_cli.files.text import command_line

SHEET = 20
"""Images that `data show` shows unless `--count` says otherwise: they fill one screen."""

app = typer.Typer(name="data")


@app.callback(invoke_without_command=True)
def data(context: typer.Context) -> None:
    """Inspect, download and show the data set."""
    help_alone(context)


@app.command()
def info(data_dir: DataDir = None, as_json: Json = False) -> None:
    """Show where the data set is, whether its files are as published, and how many images of each class it has.

    Example:  cnnbp data info

    Downloads nothing.
    """
    from cnnbp_cli.mnist.inventory import take_inventory
    from cnnbp_cli.mnist.source import LOCAL_FOLDER, find_held, named_set
    from cnnbp_cli.show.console import Consoles
    from cnnbp_cli.show.data import data_info_document, show_data_info
    from cnnbp_cli.show.json import show_json

    folder = find_held(data_dir, None)
    if folder is None:
        if published := named_set(data_dir):
            raise CnnbpError(
                f"{published.title} is not downloaded yet", hint=f"Download it: cnnbp data fetch {published.name}"
            )
        raise CnnbpError(
            f"there is no data set, neither in {LOCAL_FOLDER.absolute()} nor in your cache folder",
            hint="Download MNIST: cnnbp data fetch",
        )
    inventory = take_inventory(folder)
    if as_json:
        show_json(data_info_document(inventory))
    else:
        show_data_info(Consoles.of_process().out, inventory)


@app.command()
def fetch(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="mnist, fashion-mnist, kmnist, or emnist-digits, -letters, -balanced, -byclass, -bymerge, -mnist.",
            autocompletion=complete_set,
        ),
    ] = "mnist",
    mirror: Mirror = None,
    as_json: Json = False,
) -> None:
    """Download a published data set to the user's cache, and verify it. Then --data-dir NAME means this set.

    Example:  cnnbp data fetch fashion-mnist

    Files that are already there are kept. Exits with 1 if one of them is not as published.
    The sets of EMNIST come in one archive of 562 MB, of which the files of one set are kept.
    """
    from cnnbp_cli.config.problems import did_you_mean
    from cnnbp_cli.mnist.download import download
    from cnnbp_cli.mnist.inventory import take_inventory
    from cnnbp_cli.mnist.published import PUBLISHED
    from cnnbp_cli.mnist.source import cache_folder
    from cnnbp_cli.show.console import Consoles
    from cnnbp_cli.show.data import data_info_document, show_data_info
    from cnnbp_cli.show.download import download_view
    from cnnbp_cli.show.json import show_json

    if name not in PUBLISHED:
        near = did_you_mean(name, PUBLISHED)
        raise CnnbpError(
            f"there is no published data set {name!r}",
            where="NAME",
            hint=f"{f'Did you mean {near}? ' if near else ''}The data sets are {', '.join(PUBLISHED)}.",
        )
    published = PUBLISHED[name]
    consoles = Consoles.of_process()
    folder = cache_folder(published)
    with download_view(consoles.err) as progress:
        places = published.mirrors
        download(folder, [mirror, *places] if mirror else places, published=published, progress=progress)
    inventory = take_inventory(folder)
    if as_json:
        show_json(data_info_document(inventory))
    else:
        show_data_info(consoles.out, inventory)
    if not inventory.as_published:
        others = ", ".join(file.path.name for file in inventory.files if not file.as_published)
        raise Failed(
            f"not {published.title}'s: {others}",
            where=str(inventory.folder),
            hint=f"Remove them and run {command_line(['cnnbp', 'data', 'fetch', name])} again.",
        )


@app.command()
def show(
    split: Annotated[Split, typer.Option(help="Split to take the images from.")] = "test",
    only: Annotated[
        int | None, typer.Option("--class", metavar="K", min=0, max=255, help="Show only images of this class.")
    ] = None,
    index: Annotated[
        int | None,
        typer.Option(
            metavar="I", min=0, help="Show this image at full size; with --count or --class, start at this image."
        ),
    ] = None,
    count: Annotated[
        int | None, typer.Option(metavar="N", min=1, max=1000, show_default=str(SHEET), help="Number of images.")
    ] = None,
    config: Annotated[
        Path | None,
        config_option(
            "Split the training set as this config does.",
            show_default="5,000 validation images and seed 0, the defaults of a config",
        ),
    ] = None,
    as_json: Json = False,
    data_dir: DataDir = None,
    mirror: Mirror = None,
    offline: Offline = False,
) -> None:
    """Show one image or a sheet of them. --index takes the numbers shown, here and in other commands.

    Example:  cnnbp data show --class 7
    """
    import numpy as np

    from cnnbp_cli.config import DataConfig, load_config
    from cnnbp_cli.mnist.picture_set import holds_pictures
    from cnnbp_cli.show.console import Consoles
    from cnnbp_cli.show.data import data_show_document, show_images
    from cnnbp_cli.show.json import show_json

    consoles = Consoles.of_process()
    loaded = load_config(config) if config else None
    held_out = (loaded.data.validation, loaded.train.seed) if loaded else (DataConfig().validation, 0)
    folder = ImageSource(data_dir, mirror, offline).find(loaded, consoles.err)
    as_trained = loaded.input if loaded and holds_pictures(folder) else None
    images, places = split_images(folder, split, *held_out, as_trained)
    places = np.arange(len(images)) if places is None else places
    if index is not None and index >= len(places):
        raise CnnbpError(f"the {split} images are 0 to {len(places) - 1:,}", where=f"--index {index}")
    wanted = np.arange(index or 0, len(places))
    if only is not None:
        last = max(9, len(images.classes) - 1, int(images.labels.max()))
        if only > last:
            raise typer.BadParameter(f"the classes are 0 to {last}", param_hint="'--class'")
        wanted = wanted[images.labels[places[wanted]] == only]
        if not len(wanted):
            raise CnnbpError(f"there is no {only} among the {split} images from {index or 0:,} on", where="--class")
    alone = index is not None and count is None and only is None
    wanted = wanted[: 1 if alone else count or SHEET]
    some = images.at(places[wanted])
    if as_json:
        show_json(data_show_document(split, wanted.tolist(), some))
    else:
        show_images(consoles.out, split, wanted.tolist(), some)
