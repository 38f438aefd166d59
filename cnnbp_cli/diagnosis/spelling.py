"""What a name in a submission says: which quantity, of which layer.

    dW1, db1, delta2, dL_dW2      a quantity and a number
    conv1.dW, W_conv, grad_fc2    a quantity and a layer, or a kind of layer
    weight.grad, dw, dbias        a quantity alone

A name is read by rules, without looking at numbers or shapes; `names.py` decides what it stands for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cnnbp_cli.gradients.trace import LayerTrace

NOISE = {
    "layer",
    "layers",
    "model",
    "module",
    "network",
    "params",
    "parameters",
    "features",
    "classifier",
    "my",
    "self",
}
"""Words that say nothing."""

SIGNS = str.maketrans({"δ": "delta", "∂": "d", "∇": "nabla"})

STEMS = {
    "conv": ("convolution", "convolutional"),
    "dense": ("fc", "linear", "affine", "fullyconnected"),
    "bn": ("batchnorm", "norm"),
}
"""Other words for a kind of layer, by the stem of its default names; its type and that stem are understood anyway."""

_D = r"(?:d(?:l|c|e|j|loss|cost)?d?|grad(?:ient)?s?|g|nabla|partial|del|delta|deriv(?:ative)?s?)"
_OF = r"(?:grad(?:ient)?s?|g|deriv(?:ative)?s?)"
_WEIGHT = r"(?:ws?|weights?|kernels?|k|filters?|f|gamma|theta)"
_BIAS = r"(?:bs?|bias(?:es)?|beta)"
_INPUT = r"(?:xs?|in|inputs?|prev|aprev)"
_BEFORE = r"(?:zs?|net|preact(?:ivations?)?|logits?)"
_AFTER = r"(?:a|as|h|y|out|outputs?|act(?:ivations?)?)"


def _derivative(of: str) -> str:
    some = f"{_D}{{1,3}}"  # not any number: a long name of d alone could be read in very many ways
    return f"{some}{of}|{of}{_OF}|{some}{of}{_OF}"


QUANTITIES = {
    "delta": rf"deltas?|errors?|err|sensitivit(?:y|ies)|{_derivative(_BEFORE)}",
    "grad_weight": _derivative(_WEIGHT),
    "grad_bias": _derivative(_BIAS),
    "grad_input": _derivative(_INPUT),
    "delta_a": _derivative(_AFTER),
    "weight": _WEIGHT,
    "bias": _BIAS,
    "z": _BEFORE,
    "a": _AFTER,
    "": rf"{_D}?",
}
"""Patterns of the letters that are left when the layer is taken out of a name. `delta_a` is ∂C/∂a; the empty key is any
derivative."""

LOOKS_LIKE_A_DERIVATIVE = re.compile(r"^(?:d|g|nabla|err)|grad|delta|deriv")


LONGEST = 40
"""Letters of a name without its layer; nobody writes more."""


class Spelling(NamedTuple):
    """What a name says.

    Attributes
    ----------
    quantity
        A key of `QUANTITIES`.
    layers
        The layers that it may mean by name or by kind; all of them where it names none.
    number
        The number in it that is not part of a layer's name; None without one.
    """

    quantity: str
    layers: tuple[LayerTrace, ...]
    number: int | None

    @property
    def is_parameter(self) -> bool:
        """Whether it names a parameter, of which programs keep the gradient under the same name."""
        return self.quantity in ("weight", "bias")


def folded(name: str) -> str:
    """The letters and digits of a name, in lower case: its words, without those that say nothing."""
    words = re.findall(r"[^\W\d_]+|\d+", name.translate(SIGNS))
    return "".join(word for word in map(str.casefold, words) if word not in NOISE)


def spelling(name: str, layers: Sequence[LayerTrace]) -> Spelling | None:
    """What a name says; None where no rule reads it."""
    for rest, meant in _without_layer(folded(name), layers):
        numbers = re.findall(r"\d+", rest)
        letters = re.sub(r"\d+", "", rest)
        if len(numbers) > 1 or (numbers and len(numbers[0]) > 4):
            continue
        if len(letters) > LONGEST:
            continue
        for quantity, pattern in QUANTITIES.items():
            if re.fullmatch(pattern, letters) and (quantity or len(meant) < len(layers) or numbers):
                return Spelling(quantity, meant, int(numbers[0]) if numbers else None)
    return None


def looks_like_a_derivative(name: str, layers: Sequence[LayerTrace]) -> bool:
    """Whether a name that no rule reads seems to mean a δ or gradient."""
    rest, _ = next(_without_layer(folded(name), layers))
    return LOOKS_LIKE_A_DERIVATIVE.search(rest) is not None


def _without_layer(text: str, layers: Sequence[LayerTrace]) -> Iterator[tuple[str, tuple[LayerTrace, ...]]]:
    """The ways to take a layer out of a name, the longest first: the rest of it, and the layers that it may mean."""
    meant: dict[str, tuple[LayerTrace, ...]] = {}
    for layer in layers:
        for word in (layer.layer.prefix, folded(layer.layer.type), *STEMS.get(layer.layer.prefix, ())):
            meant[word] = tuple(other for other in layers if other.layer.prefix == layer.layer.prefix)
    meant |= {own: (layer,) for layer in layers if len(own := folded(layer.name)) > 1}
    for word in sorted(meant, key=len, reverse=True):
        not_cut = r"(?!\d)" if word[-1].isdigit() else ""
        if found := re.search(re.escape(word) + not_cut, text):
            yield text[: found.start()] + text[found.end() :], meant[word]
    yield text, tuple(layers)
