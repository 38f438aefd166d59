"""One layer, one file: its equations, its shapes, its forward and its backward pass.

Every concrete `Layer` in a file of this folder can be named in a config by its `type`.
"""

from cnnbp_cli.discovery import concrete_classes
from cnnbp_cli.layers.base import Layer

LAYERS: tuple[type[Layer], ...] = concrete_classes(__name__, __path__, Layer)
"""Every layer that a config may name."""

LAYER_TYPES: dict[str, type[Layer]] = {vars(layer)["type"]: layer for layer in LAYERS}
"""The same by their `type`."""
