"""Image transforms, one file each; and the warp, which applies several at once to many images.

Every concrete `Transform` in a file of this folder can be named in a config by its `type`.
"""

from cnnbp_cli.augmentation.base import Transform
from cnnbp_cli.augmentation.warp import Warp
from cnnbp_cli.discovery import concrete_classes

TRANSFORMS: tuple[type[Transform], ...] = concrete_classes(__name__, __path__, Transform)
"""Every transform that a config may name."""

__all__ = ["TRANSFORMS", "Transform", "Warp"]
