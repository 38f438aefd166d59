"""The formats that a network can be exported to, and the library each of them needs."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from cnnbp_cli.network import Network, Parameters
    from cnnbp_cli.training.checkpoint import Checkpoint

    Pack: TypeAlias = Callable[[Network, Parameters, dict[str, str]], bytes]
    """The file's bytes, from a network, its parameters and the file's metadata."""


@dataclass(frozen=True)
class Format:
    """A file format; `NAME_file.py` in this folder has the function `pack` that makes the file.

    Attributes
    ----------
    library
        The package that writes it; the extra of cnnbp has the same name. None if none is needed.
    holds
        What such a file holds, in words.
    """

    name: str
    library: str | None
    holds: str

    def pack(self, checkpoint: Checkpoint) -> bytes:
        """The file's bytes, with `facts` as metadata.

        Raises
        ------
        CnnbpError
            The library is not installed, or the format cannot express a layer.
        """
        from cnnbp_cli.extras import require

        if self.library:
            require(self.library, self.library)
        pack: Pack = import_module(f"cnnbp_cli.export.{self.name}_file").pack
        return pack(checkpoint.network, checkpoint.state.params, facts(checkpoint))


FORMATS: dict[str, Format] = {
    form.name: form
    for form in (
        Format("onnx", "onnx", "the network, from images (N, C, H, W), 0 to 1, to its output (N, classes)"),
        Format("safetensors", "safetensors", "the parameters, in PyTorch's names and layouts"),
    )
}
"""Every format, by the name that `--format` takes."""

if TYPE_CHECKING:
    FormatName: TypeAlias = str
else:
    FormatName = Literal[tuple(FORMATS)]


def facts(checkpoint: Checkpoint) -> dict[str, str]:
    """What a file records about its network: the whole config, and how long it was trained."""
    from cnnbp_cli.config import to_data

    rows, best = checkpoint.state.rows, checkpoint.state.best
    recorded = {
        "name": checkpoint.config.name,
        "cnnbp": checkpoint.cnnbp,
        "config": json.dumps(to_data(checkpoint.config)),
        "epochs": str(len(rows)),
    }
    return recorded | ({"validation_accuracy": str(rows[best - 1].validation_accuracy)} if best else {})
