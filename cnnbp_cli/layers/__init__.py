"""One layer, one file: its equations, its shapes, its forward and its backward pass.

A file that is put here is found: every concrete `Layer` in it can be named in a config by its `type`.
"""

from importlib import import_module
from inspect import getmembers, isabstract, isclass
from pkgutil import iter_modules

from cnnbp_cli.layers.base import Layer

LAYERS: tuple[type[Layer], ...] = tuple(
    member
    for module in iter_modules(__path__)
    for _, member in getmembers(import_module(f"{__name__}.{module.name}"), isclass)
    if issubclass(member, Layer) and not isabstract(member) and member.__module__ == f"{__name__}.{module.name}"
)
"""Every layer that a config may name."""
