"""Batch normalisation."""

from __future__ import annotations

from collections.abc import Sequence

from cnnbp_cli.layers.batch_norm import BatchNorm
from cnnbp_cli.starters.kinds.base import StarterKind


class BatchNormStarter(StarterKind[BatchNorm]):
    """One channel after the other."""

    of = BatchNorm

    def needs(self, step: str) -> Sequence[str]:
        return {"grad_weight": ["x"], "grad_bias": [], "grad_input": ["x", "weight"]}[step]

    def note(self, step: str) -> str:
        over = "samples and positions" if len(self.input_shape) == 3 else "samples"
        statistics = f"μ_k, σ_k = √(variance + {self.layer.epsilon:g}) and means are over all {over} of a channel."
        return "" if step == "grad_bias" else statistics

    def forward(self, count: int) -> str:
        return (
            f"z = np.zeros({(count, *self.output_shape)})\n"
            f"for k in range({self.input_shape[0]}):\n"
            f"    mean, variance = np.mean(x[:, k]), np.var(x[:, k])\n"
            f"    z[:, k] = w[k] * (x[:, k] - mean) / np.sqrt(variance + {self.layer.epsilon!r}) + b[k]\n"
            f"return z\n"
        )
