"""The kinds of layers as this room sees them, one file each, of the same name as in `layers/`.

A file that is put here is found: the `Kind` in it describes the layers of the class that it names. A layer without a
file here trains, exports and passes the gradient check all the same, but its single entries are not explained.
"""

from cnnbp_cli.discovery import concrete_classes
from cnnbp_cli.gradients.kinds.base import EntryEquation, Kind
from cnnbp_cli.layers.base import Layer

KINDS: dict[type[Layer], type[Kind[Layer]]] = {
    kind.of: kind for kind in concrete_classes(__name__, __path__, Kind) if "of" in vars(kind)
}
"""The kind of each class of layers."""


def kind_of(layer: Layer) -> Kind[Layer]:
    """The layer as its kind describes it, or as `Kind` describes any layer where no file here knows its class."""
    return next((KINDS[cls] for cls in type(layer).__mro__ if cls in KINDS), Kind)(layer)


__all__ = ["KINDS", "EntryEquation", "Kind", "kind_of"]
