"""The gradient check from Python."""

from __future__ import annotations

from dataclasses import dataclass

from numpy.typing import ArrayLike

from cnnbp_cli.api.arrays import ImagesLike
from cnnbp_cli.api.network import NetworkWithWeights
from cnnbp_cli.api.trace import trace
from cnnbp_cli.gradients.check import TensorCheck, Verdict, check


@dataclass(frozen=True)
class CheckResult:
    """The verdict on each gradient of a network.

    Attributes
    ----------
    tensors
        One for each parameter and for the input.
    """

    tensors: tuple[TensorCheck, ...]

    @property
    def failed(self) -> bool:
        """Whether a gradient is wrong."""
        return any(tensor.verdict is Verdict.FAIL for tensor in self.tensors)

    @property
    def verdicts(self) -> dict[str, str]:
        """PASS, FAIL, INCONCLUSIVE or VACUOUS, by tensor."""
        return {tensor.name: tensor.verdict.value for tensor in self.tensors}

    def __repr__(self) -> str:
        return f"<{', '.join(f'{name} {verdict}' for name, verdict in self.verdicts.items())}>"

    def _repr_html_(self) -> str:
        from cnnbp_cli.show.report.embedded import check_page

        return check_page(self.tensors)


def check_gradients(network: NetworkWithWeights, images: ImagesLike, labels: ArrayLike | None = None) -> CheckResult:
    """Compare every gradient of a network with central differences, in float64. Parameters and errors as for `trace`.

    Examples
    --------
    >>> from cnnbp_cli import Network, check_gradients, load_data
    >>> check_gradients(Network("configs/tiny.yaml"), load_data().test[:1]).failed
    False
    """
    return CheckResult(tuple(check(trace(network, images, labels).traced)))
