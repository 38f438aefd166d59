"""What decides the last bits of a result: the kernels of BLAS and of NumPy, which follow from the processor.

Each kernel adds up a sum in an order of its own. The number of threads changes nothing: see `network/blocks.py`.
"""

from __future__ import annotations

import platform
import re
from functools import cache

import numpy as np
from threadpoolctl import threadpool_info

MAX_LENGTH = 100
"""Characters of the description."""


@cache
def arithmetic() -> str:
    """The kernels in use: `x86_64, openblas 0.3.31 Haswell, NumPy X86_V3 X86_V4`.

    Two processes with the same description and the same versions of cnnbp and NumPy compute the same bits.
    """
    built = np.show_config(mode="dicts")
    vectors = " ".join(built["SIMD Extensions"].get("found", ())) or "baseline"
    loaded = [
        f"{blas['internal_api']} {blas['version']} {blas.get('architecture', '')}".strip()
        for blas in threadpool_info()
        if blas["user_api"] == "blas"
    ]
    blas = " + ".join(sorted(set(loaded))) or built["Build Dependencies"]["blas"]["name"]  # such as Apple's Accelerate
    described = f"{platform.machine()}, {blas}, NumPy {vectors}"
    return re.sub(r"[^\w., +-]", "_", described)[:MAX_LENGTH]
