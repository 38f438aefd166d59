"""Where the data set comes from: a folder that the user names, `./data`, the package, or the cache of downloads."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from platformdirs import user_cache_path

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.files.paths import NoHomeFolder, expanded
from cnnbp_cli.files.text import quoted
from cnnbp_cli.mnist.download import Progress, by_hand, download
from cnnbp_cli.mnist.files import gz, missing, similar
from cnnbp_cli.mnist.picture_set import holds_pictures, picture_classes
from cnnbp_cli.mnist.published import MNIST, PUBLISHED, PublishedSet, recognised
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
    mirrors: Sequence[str] | None = None,
    cache: Path | None = None,
) -> Path:
    """A folder that holds the four files: the first of these that applies.

    1. `data_dir`, which is --data-dir or CNNBP_DATA_DIR: the command line overrides the config;
    2. `config_dir`, which is the config's `data.dir`;
    3. `./data`, if it holds all four files;
    4. the MNIST that comes with the program, unless it was built without;
    5. the user's cache folder, to which missing files are downloaded.

    A folder that the user names must hold the files: no other folder is tried instead. Where there is no folder of that
    name, the name of a published set means that set, in the user's cache.

    Parameters
    ----------
    mirror
        An address that is tried before `mirrors`.
    offline
        Do not download.
    progress
        Called with the progress of the download.
    mirrors
        Instead of those of the set.
    cache
        Instead of MNIST's folder in the user's cache.

    Raises
    ------
    CnnbpError
        The named folder lacks files, or no folder has them and they were not or could not be downloaded.
    """
    if held := find_held(data_dir, config_dir, cache):
        return held
    published = named_set(data_dir or config_dir) or MNIST
    folder = cache or cache_folder(published)
    if offline:
        where = (
            f"MNIST is neither in {LOCAL_FOLDER.absolute()} nor in {folder}"
            if published is MNIST
            else f"{published.title} is not in {folder}"
        )
        raise CnnbpError(f"{where}, and --offline was given", hint=by_hand(folder, published))
    places = published.mirrors if mirrors is None else mirrors
    download(folder, [mirror, *places] if mirror else places, published=published, progress=progress)
    return folder


def find_held(data_dir: Path | None, config_dir: Path | None, cache: Path | None = None) -> Path | None:
    """Like `find`, but only among folders that already hold the files; None if there is none.

    Raises
    ------
    CnnbpError
        The named folder lacks files.
    """
    named, by = (data_dir, "--data-dir or CNNBP_DATA_DIR") if data_dir else (config_dir, "data.dir in the config")
    if named and not (published := named_set(named)):
        return _named(named, by)
    places = [] if named else [LOCAL_FOLDER, shipped("data")]
    with suppress(NoCacheFolder):
        places.append(cache or cache_folder(published if named and published else MNIST))
    return next((folder for folder in places if not missing(folder)), None)


def named_set(named: Path | None) -> PublishedSet | None:
    """The published set that this path names, if there is no such file or folder."""
    published = PUBLISHED.get(str(named))
    return published if published and named and not named.exists() else None


def lasting(named: Path) -> Path:
    """The path as a run records it, for commands in other folders; the name of a published set stays as it is."""
    return named if named_set(named) else named.absolute()


def holds_set(named: Path) -> bool:
    """Whether the folder, whose path may begin with `~`, or the published set of that name can be used."""
    try:
        folder = expanded(named)
        return named_set(named) is not None or holds_pictures(folder) or not missing(folder)
    except NoHomeFolder:
        return False


def trained_on_pictures(named: Path | None) -> bool:
    """Whether this is a folder of pictures per class."""
    with suppress(NoHomeFolder):
        return named is not None and named_set(named) is None and holds_pictures(expanded(named))
    return False


def class_names(named: Path | None) -> tuple[str, ...]:
    """The names of the classes of a data set, as far as they are known without reading its images."""
    if named is None:
        return ()
    with suppress(NoHomeFolder):
        if trained_on_pictures(named):
            return picture_classes(expanded(named))
        published = named_set(named) or recognised(expanded(named))
        return published.classes if published else ()
    return ()


class NoCacheFolder(CnnbpError):
    """The user has no home folder, and so no cache."""


def cache_folder(published: PublishedSet = MNIST) -> Path:
    """The folder in the user's cache that downloads of this set go to.

    Raises
    ------
    NoCacheFolder
        Neither HOME nor XDG_CACHE_HOME is set, and the user is unknown to the system, as in some containers.
    """
    with suppress(RuntimeError):  # newer versions of platformdirs
        cache = user_cache_path("cnnbp", appauthor=False)
        if cache.is_absolute():  # older versions leave the `~` of an unknown user
            return cache / published.name
    raise NoCacheFolder(
        "there is no folder for downloads, because you have no home folder",
        hint="Set HOME or XDG_CACHE_HOME to a folder, or name a folder that holds the data set with --data-dir.",
    )


def _named(folder: Path, by: str) -> Path:
    folder = expanded(folder)
    lacking = missing(folder)
    if not lacking or holds_pictures(folder):
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
        else "Name a folder that holds all four files, compressed or plain; a published set, "
        "such as fashion-mnist; or none, for MNIST.",
    )
