"""Questions to the reader of a live page: a number to work out, or a cell to find."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from cnnbp_cli.diagnosis.one_number import Judgement, judge_cell, judge_number, routed
from cnnbp_cli.diagnosis.truth import Truth
from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.gradients.chain import Tensor
from cnnbp_cli.gradients.kinds import kind_of
from cnnbp_cli.gradients.page import Page
from cnnbp_cli.gradients.terms import Index, LayerEntries
from cnnbp_cli.gradients.trace import Trace

About: TypeAlias = Literal["delta", "gradient", "route"]

TRIES = 24
"""Entries to choose a question from."""


@dataclass(frozen=True, eq=False)
class Question:
    """One question.

    Attributes
    ----------
    about
        An entry of a `delta` or of a `gradient`, or to which cell a δ is sent: its `route`.
    tensor, index
        The entry that is asked for, batch last; of a route, the pooling's `grad_input` and the output whose δ is sent.
    words
        The question.
    entry
        The number to look at, as `--explain` takes it.
    where
        The array in whose picture the answer can be clicked on; None for a number.
    hidden
        The entries that would give the answer away: by position on the page, flat indices.
    """

    about: About
    tensor: str
    index: Index
    words: str
    entry: str
    where: str | None
    hidden: dict[int, list[int]]

    def judge(self, traced: Trace, text: str) -> Judgement:
        """Judge an answer.

        Raises
        ------
        CnnbpError
            It is no number, or no cell.
        """
        truth = Truth(traced)
        if self.about != "route":
            return judge_number(truth, self.tensor, self.index, text)
        shape = truth.tensors[self.tensor].right.shape
        place = re.fullmatch(r"[\[(]?\s*(\d{1,5})\s*[,; ]\s*(\d{1,5})\s*[\])]?", text.strip(), re.ASCII)
        if place is None:
            raise CnnbpError("this is no cell", hint="Write its row and column as 5, 7, or click on it.")
        cell = (self.index[0], int(place[1]), int(place[2]), 0)
        if not all(one < side for one, side in zip(cell, shape, strict=True)):
            raise CnnbpError(f"rows are 0 to {shape[1] - 1}, columns 0 to {shape[2] - 1}")
        return judge_cell(truth, self.tensor, self.index, cell)

    def solution(self, traced: Trace) -> Judgement:
        """The answer, for a reader who gives up."""
        right = Truth(traced).tensors[self.tensor].right
        if self.about != "route":
            return Judgement(False, f"It is {right[self.index]:.6g}.")
        _, row, column, _ = routed(Truth(traced), self.tensor, self.index)
        return Judgement(False, f"It goes to row {row}, column {column}.")


def new_question(about: About, traced: Trace, page: Page, rng: np.random.Generator) -> Question:
    """A question about this pass, from what the page shows of it.

    Raises
    ------
    CnnbpError
        There is nothing of this kind to ask for.
    """
    truth = Truth(traced)
    tensors = [tensor for tensor in truth.tensors.values() if _suits(about, tensor)]
    for n in rng.permutation(len(tensors)):
        make = _route if about == "route" else _number
        if question := make(about, tensors[n], page, rng):
            return question
    raise CnnbpError("there is nothing of this kind to ask for in this pass", hint="Choose another question or image.")


def _suits(about: About, tensor: Tensor) -> bool:
    if about == "route":
        layer = tensor.layer.layer
        return tensor.quantity == "grad_input" and layer.picks_largest and layer.window is not None
    if about == "delta":
        return tensor.quantity == "delta" and tensor.rule in ("output", "activation")
    return tensor.quantity.startswith("grad_") and not tensor.batched


def _number(about: About, tensor: Tensor, page: Page, rng: np.random.Generator) -> Question | None:
    """An entry that is not 0, of those that the page shows; of a kernel, the one with the fewest terms among some."""
    place = next((n for n, array in enumerate(page.arrays) if array.name == tensor.name), None)
    if place is None:
        return None
    shown = page.arrays[place]
    found = np.argwhere(shown.values)
    if not len(found):
        return None
    places = rng.choice(len(found), min(TRIES, len(found)), replace=False)
    chosen = min((tuple(map(int, found[n])) for n in places), key=lambda index: _terms(tensor, index))
    entry = f"{tensor.name}[{','.join(map(str, chosen))}]"
    index = (*chosen, 0) if tensor.batched else chosen
    flat = int(np.ravel_multi_index(chosen, shown.values.shape))
    words = "Which number is hidden here? Point at it to see what it is made of."
    return Question(about, tensor.name, index, words, entry, None, {place: [flat]})


def _terms(tensor: Tensor, index: Index) -> int:
    """How many products that are not 0 a kernel's gradient sums; 0 for other numbers, which are all short."""
    if tensor.quantity != "grad_weight" or not tensor.layer.layer.learns_kernels:
        return 0
    layer = tensor.layer
    meeting = kind_of(layer.layer).meeting(LayerEntries(layer, "input"), "weight", index)
    return int(np.count_nonzero(meeting.products)) if meeting else 0


def _route(about: About, tensor: Tensor, page: Page, rng: np.random.Generator) -> Question | None:
    """The δ of one output of a max pooling, if possible of a window in which all cells differ."""
    layer, source = tensor.layer, tensor.source
    part = next((n for n, one in enumerate(page.parts) if one.name == layer.name), None)
    if part is None or source is None or source.right.ndim != 4:
        return None
    received = [n for n, array in enumerate(page.arrays) if array.rule == "back" and array.part == part]
    received += [n for n, array in enumerate(page.arrays) if array.source in received and array.rule == "slope"]
    delta = page.arrays[page.parts[part].roles["delta"]]
    x = page.arrays[page.parts[part].roles["x"]]
    kept = delta.values.shape
    found = np.argwhere(source.right[tuple(slice(side) for side in kept)][..., 0])
    if not len(found):
        return None
    (rows, columns), (down, across) = page.parts[part].geometry["window"], page.parts[part].geometry["steps"]

    def window(k: int, i: int, j: int) -> list[tuple[int, int, int]]:
        return [(k, i * down + r, j * across + c) for r in range(rows) for c in range(columns)]

    some = [tuple(map(int, found[n])) for n in rng.choice(len(found), min(TRIES, len(found)), replace=False)]
    k, i, j = max(some, key=lambda output: len({float(x.values[cell]) for cell in window(*output)}))
    cells = window(k, i, j)
    hidden = {n: [int(np.ravel_multi_index(cell, page.arrays[n].values.shape)) for cell in cells] for n in received}
    words = f"To which cell of {x.name} does this δ go? Write its row and column, or click on it."
    return Question(about, tensor.name, (k, i, j, 0), words, f"{delta.name}[{k},{i},{j}]", x.name, hidden)
