"""The formats that a network can be exported to, and the library each of them needs."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Literal, TypeAlias

from cnnbp_cli.config import to_data
from cnnbp_cli.export.extras import require
from cnnbp_cli.network import Network, Parameters
from cnnbp_cli.training.checkpoint import Checkpoint

FormatName: TypeAlias = Literal["onnx", "safetensors"]

Pack: TypeAlias = Callable[[Network, Parameters, dict[str, str]], bytes]


@dataclass(frozen=True)
class Format:
    """A file format.

    Attributes
    ----------
    library
        The package that writes it; the extra of cnnbp has the same name.
    holds
        What such a file holds, in words.
    """

    name: FormatName
    library: str
    holds: str

    def pack(self, checkpoint: Checkpoint) -> bytes:
        """The file's bytes, with `facts` as metadata.

        Raises
        ------
        CnnbpError
            The library is not installed, or the format cannot express a layer.
        """
        require(self.library, self.library)
        pack: Pack = import_module(f"cnnbp_cli.export.{self.name}_file").pack
        return pack(checkpoint.network, checkpoint.state.params, facts(checkpoint))


FORMATS: dict[FormatName, Format] = {
    form.name: form
    for form in (
        Format("onnx", "onnx", "the network, from images (N, C, H, W), 0 to 1, to its output (N, classes)"),
        Format("safetensors", "safetensors", "the parameters, in PyTorch's names and layouts"),
    )
}


def facts(checkpoint: Checkpoint) -> dict[str, str]:
    """What a file records about its network: the whole config, and how long it was trained."""
    rows, best = checkpoint.state.rows, checkpoint.state.best
    recorded = {
        "name": checkpoint.config.name,
        "cnnbp": checkpoint.cnnbp,
        "config": json.dumps(to_data(checkpoint.config)),
        "epochs": str(len(rows)),
    }
    return recorded | ({"validation_accuracy": str(rows[best - 1].validation_accuracy)} if best else {})
