"""Reads the name of one number in a trace.

    conv1.weight[0,0,2,3]     a parameter, whose derivative is meant
    conv1.delta[1,5,7]        δ = ∂C/∂z; delta_a is ∂C/∂a, grad_input ∂C/∂x
    conv1.z[1,5,7]            z, a and input: numbers of the forward pass; input[0,9,9] alone is a pixel

Indices are PyTorch's. A sample's number comes first, and may be left out where there is only one sample.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.gradients.terms import Index, index_text
from cnnbp_cli.gradients.trace import LayerTrace, Trace
from cnnbp_cli.network import Network
from cnnbp_cli.numerics.arrays import Shape

SYNTAX = re.compile(r"\s*(?:(\w+)\s*\.\s*)?(\w+)\s*\[([^\[\]]*)\]\s*", re.ASCII)
NUMBER = re.compile(r"\s*\d{1,9}\s*", re.ASCII)

BATCHED = ("input", "z", "a", "delta", "delta_a", "grad_input")
"""What every layer has besides its parameters, one per sample."""

INPUT_SHAPED = ("input", "grad_input")
"""Those of them that have the shape of the layer's input; the others have the shape of its output."""


def find(trace: Trace, text: str) -> tuple[LayerTrace, str, Index]:
    """The layer, which of its arrays, and the index, batch last.

    Raises
    ------
    CnnbpError
        The text names no number of this trace.
    """
    where = f"--explain {text}"
    match = SYNTAX.fullmatch(text)
    numbers = match[3].split(",") if match else []
    if match is None or not all(map(NUMBER.fullmatch, numbers)):
        raise CnnbpError(
            "this names no number",
            where=where,
            hint="Write NAME.WHAT[indices], such as conv1.weight[0,0,2,3] or conv1.delta[1,5,7]; shells want quotes.",
        )
    name, what = match[1], match[2]
    layer = _layer(trace, name, what, where)
    if what.removeprefix("grad_") in layer.params:  # ∂C/∂w under its own name
        what = what.removeprefix("grad_")
    known = [*layer.params, *BATCHED]
    if what not in known:
        raise CnnbpError(
            f"{layer.name} has no {what}", where=where, hint=f"{_meant(what, known)}It has {', '.join(known)}."
        )
    index = tuple(map(int, numbers))
    if what in layer.params:
        return layer, what, _checked(index, layer.params[what].shape, where)
    array = layer.input if what in INPUT_SHAPED else layer.a
    *sample, images = array.shape
    if images == 1 and len(index) == len(sample):
        return layer, what, (*_checked(index, tuple(sample), where), 0)
    n, *place = _checked(index, (images, *sample), where)
    return layer, what, (*place, n)


def first_entries(network: Network) -> Iterator[str]:
    """The first number of every array that an entry may name, in a pass over one sample."""
    shapes = network.parameter_shapes()
    x = network.input_shape
    for layer, y in network.output_shapes().items():
        arrays = {
            name.removeprefix(f"{layer}."): shape for name, shape in shapes.items() if name.startswith(f"{layer}.")
        }
        arrays |= {what: x if what in INPUT_SHAPED else y for what in BATCHED}
        yield from (f"{layer}.{what}[{','.join('0' * len(shape))}]" for what, shape in arrays.items())
        x = y


def _layer(trace: Trace, name: str | None, what: str, where: str) -> LayerTrace:
    names = trace.network.names
    if name in names:
        return trace.layer(name)
    if name is None and what == "input":
        return trace.layers[0]
    problem = f"there is no layer {name}" if name else f"{what} of which layer?"
    raise CnnbpError(problem, where=where, hint=f"{_meant(name or what, names)}The layers are {', '.join(names)}.")


def _checked(index: Index, shape: Shape, where: str) -> Index:
    if len(index) != len(shape):
        problem = f"{len(index)} numbers where there are {len(shape)} axes"
    elif any(number >= side for number, side in zip(index, shape, strict=True)):
        problem = f"{index_text(index)} is out of range"
    else:
        return index
    last = index_text(tuple(side - 1 for side in shape))
    first = index_text((0,) * len(shape))
    raise CnnbpError(problem, where=where, hint=f"Its shape is {'×'.join(map(str, shape))}: {first} to {last}.")


def _meant(word: str, known: Sequence[str]) -> str:
    near = get_close_matches(word, known, n=1)
    return f"Did you mean {near[0]}? " if near else ""
