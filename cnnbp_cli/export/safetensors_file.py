"""Parameters and running statistics as safetensors: a JSON header and named arrays, nothing that could be executed.

Names and layouts are those of a checkpoint, which are PyTorch's: conv weights (maps, channels, kh, kw), dense
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
