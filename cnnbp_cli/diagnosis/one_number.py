"""The judgement of one number of a pass that somebody worked out, and of where one δ is sent by a max pooling.

The rules are those of a whole submission: a number agrees if the right one rounds to it, and a wrong one is explained
by the mistake that gives it. A single number can be right by chance, or be what several mistakes give: the most likely
is named, one in its own step before one in a step above.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from cnnbp_cli.diagnosis.agreement import Agreement, agreement
from cnnbp_cli.diagnosis.candidates import Candidate, candidates
from cnnbp_cli.diagnosis.mistakes import Cause, Line, Matched, Site
from cnnbp_cli.diagnosis.mistakes.factors import FACTORS
from cnnbp_cli.diagnosis.mistakes.scale_mistake import ScaleMistake
from cnnbp_cli.diagnosis.precision import DOUBLE, MIN_DIGITS, SINGLE, SINGLE_DIGITS, Precision
from cnnbp_cli.diagnosis.sites import sites, with_other_ties
from cnnbp_cli.diagnosis.truth import Truth
from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.gradients.chain import Tensor
from cnnbp_cli.gradients.terms import Index
from cnnbp_cli.numerics.arrays import Array

RIGHT = {Agreement.SAME, Agreement.COARSE, Agreement.ROUNDED}

NEARLY = 1e-2
"""The relative error of a number whose last digits only are wrong."""

FAR = 3
"""How many steps above the number a mistake is looked for."""

MAX_TEXT = 40

_NUMBER = re.compile(r"([+-]?)(\d*)[.,]?(\d*)(?:[eE]([+-]?\d{1,3}))?", re.ASCII)


@dataclass(frozen=True)
class Judgement:
    """What is to be said about an answer.

    Attributes
    ----------
    right
        Whether it is right.
    words
        The verdict, in a sentence.
    cause
        The mistake that gives it; None if it is right, or no known mistake does.
    equation
        The right equation, where there is a cause.
    """

    right: bool
    words: str
    cause: Cause | None = None
    equation: str | None = None


def judge_number(truth: Truth, name: str, index: Index, text: str) -> Judgement:
    """Judge a number for the entry at `index`, batch last, of a tensor.

    Raises
    ------
    CnnbpError
        The text is no number.
    """
    number, precision = written(text)
    tensor, value = truth.tensors[name], truth.rights[name]
    given = value.array.copy()
    given[index] = number
    how = agreement(tensor, given, value, precision, truth.rounding)
    right = float(value.array[index])
    if how is Agreement.TOO_FEW:
        return Judgement(False, f"That may be right, but give at least {MIN_DIGITS} significant digits.")
    if how in RIGHT:
        return Judgement(True, f"Right: it is {right:.6g}.")
    halves = max(float(half[()]) for half in precision.half_units(np.array(number)))
    for candidate, factor in _explanations(truth, tensor, index, number, halves):
        site = candidate.site
        if factor:
            words = f"the right one, {factor.title.format(f'{factor.of(site):g}')}"
        elif candidate.mistake:
            words = candidate.mistake.title.format(candidate.variant)
        cause = factor or candidate.mistake
        assert cause, "a factor or a mistake"
        equation = (site.absorbed and cause.right_for_cross_entropy) or cause.right
        return Judgement(False, f"With this number, {site.tensor.name} would be {words}.", cause, equation)
    if how is Agreement.DOUBTFUL:
        return Judgement(
            False, "Other choices at ties, or at a kink, can give this number; this program's give another."
        )
    if abs(number - right) <= NEARLY * abs(right):
        return Judgement(False, "Close, but its last digits differ: calculate with more digits, or give fewer.")
    return Judgement(False, "This is not it, and no known mistake gives this number.")


def judge_cell(truth: Truth, name: str, output: Index, cell: Index) -> Judgement:
    """Judge to which cell of its input a pooling sends the δ of one output, both with the batch last.

    `name` is the pooling's `grad_input`.
    """
    site = _site_of_one(truth, name, output)
    if site.right[cell]:
        return Judgement(True, "Right: it is the largest of its window, and receives the whole δ.")
    made = [
        (np.count_nonzero(candidate.made), candidate.variant, candidate.mistake)
        for candidate in candidates(site, None)
        if isinstance(candidate.made, np.ndarray) and candidate.can_be_sent_on and candidate.made[cell]
    ]
    if any(mistake and mistake.convention for *_, mistake in made):
        return Judgement(True, "Also right: it is as large as the first of the largest, which this program takes.")
    for _, variant, mistake in sorted(made, key=lambda one: one[0]):  # those that send it to the fewest cells first
        if mistake is None or mistake.fallback:
            continue
        words = f"With this cell, {name} would be {mistake.title.format(variant)}."
        return Judgement(False, words, mistake, mistake.right)
    return Judgement(False, "This cell is not in the window of this δ.")


def routed(truth: Truth, name: str, output: Index) -> Index:
    """The cell of its input, batch last, to which a pooling sends the δ of one output."""
    first, *_ = np.argwhere(_site_of_one(truth, name, output).right)
    return tuple(map(int, first))


def _site_of_one(truth: Truth, name: str, output: Index) -> Site:
    """A pooling's backward step from a single δ."""
    tensor = truth.tensors[name]
    assert tensor.source is not None, "a pooling is not the last step"
    single = np.zeros_like(tensor.source.right)
    single[output] = tensor.source.right[output]
    [site] = sites(truth, tensor, replace(truth.rights[tensor.source.name], array=single, origin="this δ"), {})
    return site


def written(text: str) -> tuple[float, Precision]:
    """A number as it was typed, and the precision that its digits show.

    Raises
    ------
    CnnbpError
        It is no number.
    """
    plain = text.strip().replace("−", "-").replace("·10^", "e")
    match = _NUMBER.fullmatch(plain) if len(plain) <= MAX_TEXT else None
    if match is None or not match[2] + match[3]:
        raise CnnbpError("this is no number", hint="Write it as 0.0123 or 1.23e-2.")
    number = float(plain.replace(",", "."))
    digits = len((match[2] + match[3]).lstrip("0")) or MIN_DIGITS + 1  # of a 0, nothing is rounded
    last = 10.0 ** (int(match[4] or 0) - len(match[3]))
    eps = SINGLE if digits <= SINGLE_DIGITS else DOUBLE
    words = f"{digits} significant {'digit' if digits == 1 else 'digits'}"
    return number, Precision(eps, words, digits, 0.5 * last if number else 0.0)


def _explanations(
    truth: Truth, tensor: Tensor, index: Index, number: float, half: float
) -> Iterator[tuple[Candidate, ScaleMistake | None]]:
    """What gives the number: a candidate, or a factor of the right numbers; the most likely first."""
    found = list(_candidates(truth, tensor, FAR))
    for candidate in found:
        if candidate.mistake is None:
            rule, quantity = candidate.site.tensor.rule, candidate.site.tensor.quantity
            for factor in FACTORS:
                if factor.concerns(rule, quantity) and (scale := factor.value(candidate.site)) != 1:
                    made = _entry(candidate.made, index)
                    if made is not None and abs(scale * made - number) <= half:
                        yield candidate, factor
    for fallback in (False, True):
        for candidate in found:
            mistake = candidate.mistake
            if mistake is not None and not mistake.convention and mistake.fallback is fallback:
                made = _entry(candidate.made, index) if candidate.shape == tensor.right.shape else None
                if made is not None and abs(made - number) <= half:
                    yield candidate, None


def _candidates(truth: Truth, tensor: Tensor, far: int) -> Iterator[Candidate]:
    """What a tensor would be with each mistake in its own step, then with those in the steps above it."""
    value = truth.rights[tensor.source.name] if tensor.source else None
    noise = truth.noise(tensor)
    for single in sites(truth, tensor, value, {}):
        for site in (single, *with_other_ties(single)):
            yield from candidates(site, None, noise)
    if tensor.source and far:
        for candidate in _candidates(truth, tensor.source, far - 1):
            if candidate.can_be_sent_on and candidate.mistake:
                sent = candidate.sent_on(tensor, truth.back)
                if sent.shows(noise):
                    yield sent


def _entry(made: Array | Line | Matched, index: Index) -> float | None:
    """One number of a candidate; None where it depends on an amount, which one number cannot show."""
    return float(made[index]) if isinstance(made, np.ndarray) else None
