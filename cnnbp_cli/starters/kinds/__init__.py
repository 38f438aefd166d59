"""What a starter writes for each kind of layer, one file each, of the same name as in `layers/`.

A file that is put here is found. Without a file here, a layer gets its backward steps all the same, from the equations
that it declares; its forward pass is then left out, and the starter says so.
"""

from cnnbp_cli.discovery import concrete_classes
from cnnbp_cli.layers.base import Layer
from cnnbp_cli.numerics.arrays import Shape
from cnnbp_cli.starters.kinds.base import StarterKind

STARTERS: dict[type[Layer], type[StarterKind[Layer]]] = {
    kind.of: kind for kind in concrete_classes(__name__, __path__, StarterKind) if "of" in vars(kind)
}
"""What is written for each class of layers."""


def starter_of(layer: Layer, input_shape: Shape) -> StarterKind[Layer]:
    """The layer as a starter writes it."""
    kind = next((STARTERS[cls] for cls in type(layer).__mro__ if cls in STARTERS), StarterKind)
    return kind(layer, input_shape)


__all__ = ["STARTERS", "StarterKind", "starter_of"]
