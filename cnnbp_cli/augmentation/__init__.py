"""One transform of training images, one file; and the warp, which applies several at once to many images.

A file that is put here is found: every concrete `Transform` in it can be named in a config by its `type`.
"""

from importlib import import_module
from inspect import getmembers, isabstract, isclass
from pkgutil import iter_modules

from cnnbp_cli.augmentation.base import Affine, Distortion, Transform
from cnnbp_cli.augmentation.warp import Warp

TRANSFORMS: tuple[type[Transform], ...] = tuple(
    member
    for module in iter_modules(__path__)
    for _, member in getmembers(import_module(f"{__name__}.{module.name}"), isclass)
    if issubclass(member, Affine | Distortion)
    and not isabstract(member)
    and member.__module__ == f"{__name__}.{module.name}"
)
"""Every transform that a config may name."""

__all__ = ["TRANSFORMS", "Transform", "Warp"]
