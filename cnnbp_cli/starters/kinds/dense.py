"""A dense layer."""

from __future__ import annotations

from collections.abc import Sequence

from cnnbp_cli.layers.dense import Dense
from cnnbp_cli.starters.kinds.base import StarterKind


class DenseStarter(StarterKind[Dense]):
    """One unit after the other."""

    of = Dense

    def needs(self, step: str) -> Sequence[str]:
        return {"grad_weight": ["x"], "grad_bias": [], "grad_input": ["weight"]}[step]

    def forward(self, count: int) -> str:
        return (
            f"z = np.zeros({(count, *self.output_shape)})\n"
            f"for n, k in np.ndindex(z.shape):\n"
            f"    z[n, k] = np.sum(w[k] * x[n]){' + b[k]' if self.layer.bias else ''}\n"
            f"return z\n"
        )
