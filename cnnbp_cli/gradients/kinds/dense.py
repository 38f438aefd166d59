"""A dense layer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cnnbp_cli.gradients.kinds.base import EntryEquation, Kind
from cnnbp_cli.gradients.terms import Index, LayerEntries, Term
from cnnbp_cli.layers.dense import Dense
from cnnbp_cli.numerics.arrays import Shape


class DenseKind(Kind[Dense]):
    """z_k = Σ_l W[k,l] · x_l + b_k."""

    of = Dense

    def output_terms(self, entries: LayerEntries, index: Index) -> Iterator[Term]:
        unit, b = index
        for feature in range(entries.layer.input.shape[0]):
            yield Term((entries.param("weight", unit, feature), entries.x(feature, b)))
        if self.layer.bias:
            yield Term((entries.param("bias", unit),))

    def gradient_terms(self, entries: LayerEntries, parameter: str, index: Index) -> Iterator[Term]:
        unit, *feature = index
        for b in range(entries.layer.delta.shape[-1]):
            delta = entries.delta(unit, b)
            yield Term((delta, entries.x(*feature, b)) if parameter == "weight" else (delta,))

    def input_terms(self, entries: LayerEntries, index: Index) -> Iterator[Term]:
        feature, b = index
        for unit in range(self.layer.units):
            yield Term((entries.delta(unit, b), entries.param("weight", unit, feature)))

    def entry_equations(self, input_shape: Shape) -> Mapping[str, EntryEquation]:
        return {
            "forward": EntryEquation("z_k = Σ_l W[k,l] · x_l" + (" + b_k" if self.layer.bias else ""), "k"),
            "back": EntryEquation("∂C/∂x_l = Σ_k W[k,l] · δ_k", "l"),
            "weight": EntryEquation("∂C/∂W[k,l] = δ_k · x_l", "kl"),
            "bias": EntryEquation("∂C/∂b_k = δ_k", "k"),
        }

    def symbol(self, parameter: str) -> str:
        return "W" if parameter == "weight" else super().symbol(parameter)

    def connects(self, parameter: str) -> bool:
        return parameter == "weight"
