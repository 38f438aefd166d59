"""The answers to an exercise, as a file has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cnnbp_cli.config.problems import MAX_LISTED
from cnnbp_cli.diagnosis.array_file import read_contents
from cnnbp_cli.diagnosis.exchange import TEXTS, Exercise
from cnnbp_cli.diagnosis.layouts import letters, readings
from cnnbp_cli.diagnosis.names import NameReader
from cnnbp_cli.diagnosis.spelling import folded
from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.files.text import printable
from cnnbp_cli.numerics.arrays import Array

MAX_EXPANSION = 16
"""How many times the size of the right tensor, times N, an answer may have. A missing sum over samples or positions, or
padding that was not cropped, gives less; anything larger is refused before any work is done on it."""

MIN_MISFITS = 3
"""So many tensors with impossible shapes, if they are most of those submitted, belong to another exercise."""


UNNAMED = "If the file contains one array without a name, give the name with --tensor NAME."


class NoAnswers(CnnbpError):
    """A file with arrays, none of which is a tensor of the exercise: it is something else, such as the exercise."""


@dataclass(frozen=True, eq=False)
class Answers(Mapping[str, Array]):
    """The arrays of a submission, by the exercise's names.

    Attributes
    ----------
    arrays
        They keep their dtype and layout.
    renamed
        What the submission calls them, and the exercise's names, where these are not the same but for case and
        separators.
    """

    arrays: Mapping[str, Array]
    renamed: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Array:
        return self.arrays[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.arrays)

    def __len__(self) -> int:
        return len(self.arrays)


def read_answers(path: Path, exercise: Exercise, *, tensor: str | None = None) -> Answers:
    """The answers in a file, see `named_answers`. `tensor` names the one array of a file that holds no more.

    Raises
    ------
    NoAnswers
        The file holds none of the tensors.
    CnnbpError
        The file cannot be read, or holds something else too.
    """
    contents = read_contents(path)
    if tensor is not None:
        arrays = [value for value in contents.values() if not isinstance(value, str)]
        if len(arrays) != 1:
            hint = "Leave --tensor out: the arrays of this file have names."
            raise CnnbpError(f"holds {len(arrays)} arrays, and --tensor names one", where=str(path), hint=hint)
        contents = {tensor: arrays[0]}
    try:
        return named_answers(contents, exercise, str(path))
    except NoAnswers as error:
        if len(contents) == 1 and tensor is None:
            raise NoAnswers(error.problem, where=error.where, hint=f"{UNNAMED} {_wanted(exercise)}") from None
        raise


def named_answers(contents: Mapping[str, Array | str], exercise: Exercise, where: str | None = None) -> Answers:
    """The answers among named arrays and texts.

    They may include values that the exercise gives. Names are those of the exercise, or usual ones, such as dW1; see
    `names.py`. Answers with the exercise's `id` and nothing else are empty, and not an error.

    Parameters
    ----------
    contents
        By the submission's names.
    exercise
        What they answer.
    where
        The file that they are from, for errors.

    Raises
    ------
    NoAnswers
        There is none of the tensors.
    CnnbpError
        There is something else too, a name cannot be read, or they answer another exercise.
    """
    if isinstance(other := contents.get("id"), str) and other != exercise.id:
        hint = "Give the exercise that the program was run on."
        raise CnnbpError(f"answers the exercise {printable(other, 60)}, not {exercise.id}", where=where, hint=hint)
    arrays = {name: value for name, value in contents.items() if not isinstance(value, str) and name not in TEXTS}
    layers, most = exercise.trace.layers, MAX_EXPANSION * exercise.trace.labels.size
    names = NameReader(layers, exercise.tensors, exercise.questions, arrays).names()
    answers: dict[str, Array] = {}
    for written, name in names.read.items():
        value, right = arrays[written], exercise.tensors.get(name)
        size = right.right.size if right else exercise.questions[name].size
        if value.size > most * size:
            raise CnnbpError(f"{name} has {value.size:,} numbers; the limit is {most * size:,}", where=where)
        if name in answers:
            raise CnnbpError(f"{name} is in it under two names", where=where)
        answers[name] = value
    if names.problems:
        wrong = CnnbpError if any(name in exercise.tensors for name in answers) else NoAnswers
        raise wrong("\n".join(names.problems[:MAX_LISTED]), where=where, hint=_wanted(exercise))
    forward = "input" not in answers and any(name.endswith((".z", ".a")) for name in answers)  # no copy of the exercise
    nothing_yet = other == exercise.id and not answers
    if not (forward or nothing_yet or any(name in exercise.tensors for name in answers)):
        raise NoAnswers("holds none of the exercise's deltas and gradients", where=where, hint=_wanted(exercise))
    if problem := _of_another_exercise(answers, exercise):
        hint = "Give the exercise that the program was run on."
        raise CnnbpError(f"answers another exercise: {problem}", where=where, hint=hint)
    return Answers(answers, {written: name for written, name in names.read.items() if folded(written) != folded(name)})


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


def _wanted(exercise: Exercise) -> str:
    return f"The exercise needs any of: {', '.join(exercise.tensors)}."
