"""The names of an exercise's tensors."""

from __future__ import annotations

from dataclasses import dataclass

from cnnbp_cli.diagnosis.exchange import Exercise
from cnnbp_cli.grading.rubric import FORWARD


@dataclass(frozen=True)
class TensorNames:
    """The names of an exercise's tensors, which all variants of it share.

    Attributes
    ----------
    wanted
        The deltas and gradients, in the order of the backward pass.
    forward
        The values of the forward pass.
    """

    wanted: tuple[str, ...]
    forward: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        """All that can be submitted, in the order in which it is judged."""
        return (*self.forward, *self.wanted)


def names_of(exercise: Exercise) -> TensorNames:
    """The names of an exercise's tensors."""
    return TensorNames(tuple(exercise.tensors), tuple(name for name in exercise.questions if name.endswith(FORWARD)))
