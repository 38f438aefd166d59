"""The values that a tensor may have had in the student's program."""

from __future__ import annotations

from dataclasses import dataclass

from cnnbp_cli.numerics.arrays import Array


@dataclass(frozen=True, eq=False)
class Value:
    """One value that a tensor may have had in the student's program.

    Attributes
    ----------
    array
        The value, laid out as in the trace.
    above
        The value of the tensor's source that it follows from by the right step; None for the output's delta, and
        if it does not follow from any.
    origin
        Where it is from, worded to follow "given"; None for the right value.
    written
        The relative rounding of the submitted numbers that it follows from.
    error
        The error of each entry, in multiples of the precision, if that does not follow from `above`.
    """

    array: Array
    above: Value | None = None
    origin: str | None = None
    written: float = 0.0
    error: Array | None = None
