"""The values that a tensor may have had in the student's program."""

from __future__ import annotations

from dataclasses import dataclass

from cnnbp_cli.numerics.arrays import Array


@dataclass(frozen=True, eq=False)
class Value:
    """One value that a tensor may have had in somebody's program.

    Attributes
    ----------
    array
        The value, laid out as in the trace.
    above
        The value of the tensor's source that it follows from by the right step; None for the output's delta, and
        where it does not follow.
    origin
        Where it is from, to be put behind "given"; None for the right value.
    error
        How far each entry may be off, in multiples of the precision, where that does not follow from `above`.
    """

    array: Array
    above: Value | None = None
    origin: str | None = None
    error: Array | None = None
