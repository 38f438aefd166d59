"""Dropout without its noise: every number is passed on unchanged."""

from __future__ import annotations

from collections.abc import Iterator

from cnnbp_cli.gradients.kinds.base import Kind
from cnnbp_cli.gradients.terms import Index, LayerEntries, Term
from cnnbp_cli.layers.dropout import Dropout


class DropoutKind(Kind[Dropout]):
    """a = x."""

    of = Dropout

    def output_terms(self, entries: LayerEntries, index: Index) -> Iterator[Term]:
        yield Term((entries.x(*index),))

    def input_terms(self, entries: LayerEntries, index: Index) -> Iterator[Term]:
        yield Term((entries.delta(*index),))
