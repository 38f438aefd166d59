"""What a live page shows at one moment, and the moments that can be undone."""

from __future__ import annotations

from dataclasses import dataclass, field

from cnnbp_cli.network import Parameters
from cnnbp_cli.numerics.arrays import Array
from cnnbp_cli.optimizers import Optimizer

HISTORY_BYTES = 16 * 2**20
"""What the moments of one page may hold of weights and images; the oldest are forgotten first."""


@dataclass(frozen=True, eq=False)
class Learning:
    """Where an optimizer is: what it carries from step to step, and how many steps it has made."""

    optimizer: Optimizer
    state: dict[str, Array]
    steps: int = 0


@dataclass(frozen=True, eq=False)
class LiveState:
    """One moment. Nothing in it is ever modified.

    Attributes
    ----------
    image, source
        (C, H, W), float64, from 0 to 1; and which image it is, in words.
    target
        The class that the cost expects.
    params
        The weights, float64.
    doubts
        Why the image may not be what its reader drew.
    learning
        The optimizer; None before the first step.
    stop
        The save of the run that the weights are from.
    run
        The number of the run of changes that led here, such as the points of one stroke; 0 for a single change.
    """

    image: Array
    source: str
    target: int
    params: Parameters
    doubts: tuple[str, ...] = ()
    learning: Learning | None = None
    stop: int = 0
    run: int = 0

    @property
    def arrays(self) -> list[Array]:
        """What it holds in memory; states share what they have in common."""
        return [self.image, self.params.whole, *(self.learning.state.values() if self.learning else ())]


@dataclass
class Undoable:
    """The states of one page: the current one, those before it, and those that were undone."""

    current: LiveState
    _before: list[LiveState] = field(default_factory=list)
    _undone: list[LiveState] = field(default_factory=list)

    @property
    def can_undo(self) -> bool:
        return bool(self._before)

    @property
    def can_redo(self) -> bool:
        return bool(self._undone)

    def add(self, state: LiveState) -> None:
        """Go to a new state. Changes of one run replace each other."""
        if not (state.run and state.run == self.current.run):
            self._before.append(self.current)
        self.current = state
        self._undone.clear()
        while self._before and self._bytes() > HISTORY_BYTES:
            del self._before[0]

    def undo(self) -> None:
        if self._before:
            self._undone.append(self.current)
            self.current = self._before.pop()

    def redo(self) -> None:
        if self._undone:
            self._before.append(self.current)
            self.current = self._undone.pop()

    def _bytes(self) -> int:
        held = {id(array): array.nbytes for one in (*self._before, self.current) for array in one.arrays}
        return sum(held.values())
