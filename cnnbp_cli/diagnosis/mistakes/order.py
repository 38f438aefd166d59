"""Family 11: the right numbers, in wrong places."""

from __future__ import annotations

import numpy as np

from cnnbp_cli.diagnosis.mistakes.base import Made, Matched, Site, mistake
from cnnbp_cli.diagnosis.scales import FIT
from cnnbp_cli.numerics.arrays import Array

MIN_ENTRIES = 3
"""Two numbers can only be swapped, which a specific mistake explains."""


@mistake(
    11,
    "*",
    title="made of the right numbers, but in wrong places",
    wrong="Every number is right, but not where it is: an array was reshaped where it should be transposed, or two "
    "indices are swapped.",
    right="entry [k,c,m,n] of the gradient belongs to w[k,c,m,n]; entry [n,k,i,j] of δ to z[n,k,i,j]",
    fix="Transpose to the order of axes that you need, and reshape only to split or merge neighbouring axes.",
    fallback=True,
)
def scrambled(site: Site) -> Made | None:
    if site.right.size < MIN_ENTRIES:
        return None

    def nearest(given: Array) -> tuple[Array, float | None] | None:
        if np.count_nonzero(given) != np.count_nonzero(site.right):
            return None
        made = np.empty_like(site.right)
        made.reshape(-1)[given.reshape(-1).argsort(kind="stable")] = np.sort(site.right, axis=None)
        return (made, None) if np.linalg.norm(made - site.right) > FIT * np.linalg.norm(made) else None

    return Matched(nearest)
