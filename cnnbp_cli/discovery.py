"""Finds what a folder's files declare, so that a new file needs no list to be added to.

Layers, optimizers, learning-rate schedules and image transforms are found this way: a config may name whatever concrete
class such a file defines.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module
from inspect import getmembers, isabstract, isclass
from pkgutil import iter_modules
from types import ModuleType
from typing import Any


def modules(package: str, path: Iterable[str]) -> Iterator[ModuleType]:
    """Imports the files of a package, in alphabetical order; `path` is the package's `__path__`."""
    for module in iter_modules(path):
        yield import_module(f"{package}.{module.name}")


def concrete_classes(package: str, path: Iterable[str], base: type[Any]) -> tuple[type[Any], ...]:
    """The concrete subclasses of `base` that the files of a package define, file by file."""
    return tuple(
        member
        for module in modules(package, path)
        for _, member in getmembers(module, isclass)
        if issubclass(member, base)
        and member is not base
        and not isabstract(member)
        and member.__module__ == module.__name__
    )
