"""The exercise's names for what a submission calls its arrays.

A name says which quantity and which layer (`spelling.py`). A number counts the layers with parameters, or all layers,
or these and their activations as PyTorch's Sequential does; from 1, or from 0 where a 0 occurs. The shapes of all
arrays decide which. Where a name may mean several tensors, the
shape of its array decides; where it does not, the name is reported and not guessed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from cnnbp_cli.config.problems import MAX_LISTED, did_you_mean, either
from cnnbp_cli.diagnosis.layouts import letters, readings
from cnnbp_cli.diagnosis.spelling import Spelling, folded, looks_like_a_derivative, spelling
from cnnbp_cli.files.text import printable
from cnnbp_cli.gradients.chain import Tensor
from cnnbp_cli.gradients.trace import LayerTrace
from cnnbp_cli.numerics.arrays import Array


@dataclass(frozen=True)
class Names:
    """The names of a submission.

    Attributes
    ----------
    read
        The exercise's name, by the submission's.
    problems
        What is wrong with the others, one sentence each.
    """

    read: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


class NameReader:
    """Reads the names of one submission.

    Parameters
    ----------
    layers
        Of the exercise, from the first to the last.
    tensors
        What the exercise wants, by name.
    questions
        What the exercise gives, by name.
    arrays
        The submitted arrays, by the submission's names.
    """

    def __init__(
        self,
        layers: Sequence[LayerTrace],
        tensors: Mapping[str, Tensor],
        questions: Mapping[str, Array],
        arrays: Mapping[str, Array],
    ) -> None:
        self._layers, self._tensors, self._questions, self._arrays = tuple(layers), tensors, questions, arrays
        self._known = {folded(name): name for name in (*tensors, *questions)} | {
            name: name for name in (*tensors, *questions)
        }

    def names(self) -> Names:
        """The names, as far as they can be read."""
        found = Names()
        rest: dict[str, Spelling] = {}
        exact = {written: self._exact(written) for written in self._arrays}
        gradients = any(name in self._tensors for name in exact.values() if name)
        for written, name in exact.items():
            said = spelling(written, self._layers)
            if name and (gradients or not (said and said.is_parameter)):
                found.read[written] = name
            elif said:
                rest[written] = said
            else:
                found.problems.append(self._unknown(written, suggest=len(found.problems) < MAX_LISTED))
        taken = set(found.read.values())
        options = self._options(rest)
        for written in rest:
            self._settle(written, rest[written], [name for name in options[written] if name not in taken], found)
        return found

    def _exact(self, written: str) -> str | None:
        return self._known.get(written) or self._known.get(folded(written))

    def _settle(self, written: str, said: Spelling, options: Sequence[str], found: Names) -> None:
        """Decide between the tensors that a name may mean."""
        given = [name for name in options if self._is_given(written, name)]
        fitting = given or [name for name in options if name in self._tensors and self._fits(written, name)]
        wanted = [name for name in options if name in self._tensors]
        chosen = fitting if len(fitting) == 1 else wanted if not fitting else []
        if len(chosen) == 1:
            found.read[written] = chosen[0]
        elif not wanted:
            found.problems.append(self._unknown(written, suggest=len(found.problems) < MAX_LISTED))
        else:
            which = either([printable(name, 60) for name in fitting or wanted])
            found.problems.append(
                f"{printable(written, 60)} may be {which}: give it the name that it has in the exercise"
            )

    def _options(self, said: Mapping[str, Spelling]) -> dict[str, list[str]]:
        """What each name may mean, under the numbering that fits the most of them."""
        first = 0 if any(one.number == 0 for one in said.values()) else 1
        learning = tuple(layer for layer in self._layers if layer.params)
        steps = tuple(layer for layer in self._layers for _ in range(2 if _has_activation(layer) else 1))
        results = [
            {written: self._candidates(one, numbering, first) for written, one in said.items()}
            for numbering in (learning, self._layers, steps)
        ]
        return max(results, key=lambda result: sum(self._is_plausible(*item) for item in result.items()))

    def _is_plausible(self, written: str, options: Sequence[str]) -> bool:
        return any(self._is_given(written, name) or self._fits(written, name) for name in options)

    def _candidates(self, said: Spelling, numbering: tuple[LayerTrace, ...], first: int) -> list[str]:
        """The names that a spelling may stand for."""
        layers = said.layers
        if said.number is not None:
            place = said.number - first
            own = layers if len(layers) < len(self._layers) else numbering  # conv2: the second convolution …
            layers = own[place : place + 1] if 0 <= place < len(own) else ()
            counted = numbering[place] if 0 <= place < len(numbering) else None
            if not layers and counted in said.layers:  # … or fc2: the second of all layers
                layers = numbering[place : place + 1]
        return list(dict.fromkeys(name for layer in layers for name in self._of_layer(layer, said)))

    def _of_layer(self, layer: LayerTrace, said: Spelling) -> list[str]:
        """The names of a quantity of a layer, which the exercise may have."""
        if said.quantity == "delta_a":
            place = self._layers.index(layer) + 1
            plain = layer.delta is layer.delta_a
            above = [f"{self._layers[place].name}.grad_input"] if place < len(self._layers) else []
            return [f"{layer.name}.delta"] if plain else above
        if not said.quantity:
            return [name for name, tensor in self._tensors.items() if tensor.layer is layer]
        own = f"{layer.name}.{said.quantity}"
        names = [own, f"{layer.name}.grad_{said.quantity}"] if said.is_parameter else [own]
        return [name for name in names if name in self._tensors or name in self._questions]

    def _fits(self, written: str, name: str) -> bool:
        """Whether the shape of an array can be read as that of a name."""
        array = self._arrays[written]
        if name not in self._tensors:
            return array.shape == self._questions[name].shape
        tensor = self._tensors[name]
        shape = tensor.exchanged(tensor.right).shape
        if tensor.batched and array.size * shape[0] == tensor.right.size:  # one sample's
            return True
        return next(readings(array, letters(tensor), shape), None) is not None

    def _is_given(self, written: str, name: str) -> bool:
        """Whether an array is what the exercise gives under a name."""
        array, right = self._arrays[written], self._questions.get(name)
        if right is None or array.shape != right.shape:
            return False
        return name.endswith((".z", ".a")) or bool(np.allclose(array, right, rtol=1e-3))

    def _unknown(self, written: str, *, suggest: bool) -> str:
        """What is wrong with a name, and the most similar one; for a derivative, never a value of the forward pass.

        The search for a similar one takes a millisecond: too long for the thousands of names that a file may have.
        """
        if not suggest:
            return f"{printable(written, 60)} is not in the exercise"
        options = list(self._tensors)
        if not looks_like_a_derivative(written, self._layers):
            options += self._questions
        near = did_you_mean(written, options)
        return f"{printable(written, 60)} is not in the exercise" + (f"; did you mean {near}?" if near else "")


def _has_activation(layer: LayerTrace) -> bool:
    """Whether a layer ends in an activation, rather than being one or having none."""
    return layer.layer.function is not None and not layer.layer.is_activation
