"""The answers to an exercise, as a file has them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from cnnbp_cli.config.problems import MAX_LISTED, did_you_mean
from cnnbp_cli.diagnosis.array_file import read_contents
from cnnbp_cli.diagnosis.exchange import TEXTS, Exercise
from cnnbp_cli.diagnosis.layouts import letters, readings
from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.files.text import printable
from cnnbp_cli.numerics.arrays import Array

MAX_EXPANSION = 16
"""How many times the size of the right tensor, times N, an answer may have. A missing sum over samples or positions, or
padding that was not cropped, gives less; anything larger is refused before any work is done on it."""

MIN_MISFITS = 3
"""So many tensors with impossible shapes, if they are most of those submitted, belong to another exercise."""


def read_answers(path: Path, exercise: Exercise) -> dict[str, Array]:
    """The arrays in a submission, by the exercise's names; arrays keep their dtype.

    They may include values that the exercise gives. Case and separators in names do not matter: conv1_gradWeight is
    conv1.grad_weight.

    Raises
    ------
    CnnbpError
        The file cannot be read, holds none of the tensors, or holds something else.
    """
    known = {name: tensor.right for name, tensor in exercise.tensors.items()} | exercise.questions
    folded = {_folded(name): name for name in known}
    answers: dict[str, Array] = {}
    unknown: list[str] = []
    contents = read_contents(path)
    if isinstance(other := contents.get("id"), str) and other != exercise.id:
        hint = "Give the exercise that the program was run on."
        raise CnnbpError(f"answers the exercise {printable(other, 60)}, not {exercise.id}", where=str(path), hint=hint)
    for written, value in contents.items():
        name = written if written in known else folded.get(_folded(written), "")
        if isinstance(value, str) or written in TEXTS:
            continue
        if not name:
            unknown.append(written)
        elif value.size > (most := MAX_EXPANSION * exercise.trace.labels.size * known[name].size):
            raise CnnbpError(f"{name} has {value.size:,} numbers; the limit is {most:,}", where=str(path))
        elif name in answers:
            raise CnnbpError(f"{name} is in it under two names", where=str(path))
        else:
            answers[name] = value
    if unknown:
        raise CnnbpError(
            "\n".join(_unknown(name, list(known)) for name in unknown[:MAX_LISTED]),
            where=str(path),
            hint=_wanted(exercise),
        )
    forward = "input" not in answers and any(name.endswith((".z", ".a")) for name in answers)  # no copy of the exercise
    if not forward and not any(name in exercise.tensors for name in answers):
        raise CnnbpError("holds none of the exercise's deltas and gradients", where=str(path), hint=_wanted(exercise))
    if problem := _of_another_exercise(answers, exercise):
        hint = "Give the exercise that the program was run on."
        raise CnnbpError(f"answers another exercise: {problem}", where=str(path), hint=hint)
    return answers


def _of_another_exercise(answers: Mapping[str, Array], exercise: Exercise) -> str | None:
    """Why answers belong to another network or batch, if most of them have shapes that this exercise does not allow.

    A mistake gives one tensor another shape, and then the program stops; one sample's δ is no other exercise either.
    """
    misfits = []
    for name, tensor in exercise.tensors.items():
        shape = tensor.exchanged(tensor.right).shape
        if name not in answers or (tensor.batched and answers[name].size * shape[0] == tensor.right.size):
            continue
        if next(readings(answers[name], letters(tensor), shape), None) is None:
            misfits.append((name, answers[name].shape, shape))
    count = sum(name in answers for name in exercise.tensors)
    if len(misfits) < MIN_MISFITS or 2 * len(misfits) <= count:
        return None
    name, given, wanted = misfits[0]
    return f"{len(misfits)} of {count} tensors have other shapes, such as {name}: {given}, not {wanted}"


def _folded(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())


def _unknown(name: str, known: list[str]) -> str:
    near = did_you_mean(name, known)
    return f"{printable(name, 60)} is not in the exercise" + (f"; did you mean {near}?" if near else "")


def _wanted(exercise: Exercise) -> str:
    return f"The exercise needs any of: {', '.join(exercise.tensors)}."
