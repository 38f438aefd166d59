"""Where the data set comes from: the folder that the user names, `./data`, or the cache, filled by one download."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from platformdirs import user_cache_path

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.mnist.download import MIRRORS, Progress, by_hand, download
from cnnbp_cli.mnist.files import gz, missing

HERE = Path("data")
"""Looked into, in the current folder, where no folder is named."""


def find(
    data_dir: Path | None = None,
    config_dir: Path | None = None,
    *,
    mirror: str | None = None,
    offline: bool = False,
    progress: Progress | None = None,
    mirrors: Sequence[str] = MIRRORS,
    cache: Path | None = None,
) -> Path:
    """A folder that holds the four files: the first of these that applies.

    1. `data_dir`, which is --data-dir or CNNBP_DATA_DIR: the command line is nearer to the user than the config;
    2. `config_dir`, which is the config's `data.dir`;
    3. `./data`, where it holds all four files;
    4. the user's cache folder, into which those that it lacks are downloaded.

    A folder that the user names must hold the files: nothing else is tried in its stead.

    Parameters
    ----------
    mirror
        An address that is asked before `mirrors`.
    offline
        Forbids the download.
    progress
        Is told how far the download has come.
    cache
        In place of the user's cache folder.

    Raises
    ------
    CnnbpError
        The named folder lacks files, or there are none and the download is forbidden or failed.
    """
    folder = cache or cache_folder()
    if held := find_held(data_dir, config_dir, folder):
        return held
    lacking = missing(folder)
    if offline:
        raise CnnbpError(
            f"MNIST is neither in {HERE.absolute()} nor in {folder}, and --offline forbids its download",
            hint=by_hand(folder, lacking),
        )
    download(folder, [mirror, *mirrors] if mirror else mirrors, progress=progress)
    return folder


def find_held(data_dir: Path | None, config_dir: Path | None, cache: Path) -> Path | None:
    """As `find`, of the folders that hold the files already; None where there is none.

    Raises
    ------
    CnnbpError
        The named folder lacks files.
    """
    if data_dir is not None:
        return _named(data_dir, "--data-dir or CNNBP_DATA_DIR")
    if config_dir is not None:
        return _named(config_dir, "data.dir in the config")
    return next((folder for folder in (HERE, cache) if not missing(folder)), None)


def cache_folder() -> Path:
    """The folder in the user's cache that a download fills."""
    return user_cache_path("cnnbp", appauthor=False) / "mnist"


def _named(folder: Path, by: str) -> Path:
    folder = folder.expanduser()
    lacking = missing(folder)
    if not lacking:
        return folder
    problem = f"lacks {', '.join(map(gz, lacking))}"
    if not folder.exists():
        problem = "there is no such folder"
    elif not folder.is_dir():
        problem = "is a file, not a folder"
    raise CnnbpError(
        f"{problem} ({by} names it)",
        where=str(folder),
        hint="Name a folder that holds all four files, compressed or plain; or name none, and MNIST is downloaded.",
    )
