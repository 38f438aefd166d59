"""Parameters and running statistics as safetensors: named arrays behind a JSON header, nothing that could be executed.

The names and layouts are those of a checkpoint, and they are PyTorch's: conv weights (maps, channels, kh, kw), dense
weights (out, in).

Source: https://github.com/huggingface/safetensors, "Format".
"""

from __future__ import annotations

import numpy as np
from safetensors.numpy import save

from cnnbp_cli.network import Network, Parameters


def pack(network: Network, params: Parameters, facts: dict[str, str]) -> bytes:
    """The file's bytes; `facts` are its metadata."""
    return save({name: np.ascontiguousarray(array) for name, array in params.arrays.items()}, facts)
