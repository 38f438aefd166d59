"""Where the data set comes from: a folder that the user names, `./data`, the package, or the cache of downloads."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from platformdirs import user_cache_path

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.files.paths import expanded
from cnnbp_cli.files.text import quoted
from cnnbp_cli.mnist.download import MIRRORS, Progress, by_hand, download
from cnnbp_cli.mnist.files import gz, missing, similar
from cnnbp_cli.shipped import shipped

LOCAL_FOLDER = Path("data")
"""Searched, in the current folder, if no folder is named."""


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

    1. `data_dir`, which is --data-dir or CNNBP_DATA_DIR: the command line overrides the config;
    2. `config_dir`, which is the config's `data.dir`;
    3. `./data`, if it holds all four files;
    4. the MNIST that comes with the program, unless it was built without;
    5. the user's cache folder, to which missing files are downloaded.

    A folder that the user names must hold the files: no other folder is tried instead.

    Parameters
    ----------
    mirror
        An address that is tried before `mirrors`.
    offline
        Do not download.
    progress
        Called with the progress of the download.
    cache
        Instead of the user's cache folder.

    Raises
    ------
    CnnbpError
        The named folder lacks files, or no folder has them and they were not or could not be downloaded.
    """
    folder = cache or cache_folder()
    if held := find_held(data_dir, config_dir, folder):
        return held
    lacking = missing(folder)
    if offline:
        raise CnnbpError(
            f"MNIST is neither in {LOCAL_FOLDER.absolute()} nor in {folder}, and --offline was given",
            hint=by_hand(folder, lacking),
        )
    download(folder, [mirror, *mirrors] if mirror else mirrors, progress=progress)
    return folder


def find_held(data_dir: Path | None, config_dir: Path | None, cache: Path) -> Path | None:
    """Like `find`, but only among folders that already hold the files; None if there is none.

    Raises
    ------
    CnnbpError
        The named folder lacks files.
    """
    if data_dir is not None:
        return _named(data_dir, "--data-dir or CNNBP_DATA_DIR")
    if config_dir is not None:
        return _named(config_dir, "data.dir in the config")
    return next((folder for folder in (LOCAL_FOLDER, shipped("data"), cache) if not missing(folder)), None)


def holds_set(folder: Path) -> bool:
    """Whether the folder, whose path may begin with `~`, holds a data set."""
    return not missing(expanded(folder))


def cache_folder() -> Path:
    """The folder in the user's cache that downloads go to."""
    return user_cache_path("cnnbp", appauthor=False) / "mnist"


def _named(folder: Path, by: str) -> Path:
    folder = expanded(folder)
    lacking = missing(folder)
    if not lacking:
        return folder
    problem = f"lacks {', '.join(map(gz, lacking))}"
    near = dict.fromkeys(other for name in lacking for other in similar(folder, name))
    if not folder.exists():
        problem = "there is no such folder"
    elif not folder.is_dir():
        problem = "is a file, not a folder"
    if near:
        problem += f"; it holds {quoted(near)}"
    raise CnnbpError(
        f"{problem} (named by {by})",
        where=str(folder),
        hint="Rename these files, or name another folder."
        if near
        else "Name a folder that holds all four files, compressed or plain; or none, to download MNIST.",
    )
