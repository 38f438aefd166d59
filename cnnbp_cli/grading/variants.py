"""One exercise per student: a folder with the exercises to hand out, and a key that says whose each one is.

    FOLDER/key.json             for the teacher: the seed, and the students with the ids of their exercises
    FOLDER/students/ID.npz      for the student: the exercise without answers

A student's numbers depend on the seed and the student's id only, so a student who joins later changes no other's.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any, Literal

from cnnbp_cli.config import Config
from cnnbp_cli.diagnosis.array_file import Format
from cnnbp_cli.diagnosis.drawing import SEED_BITS, draw
from cnnbp_cli.diagnosis.exchange import pack
from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.files.names import safe_names
from cnnbp_cli.files.text import quoted
from cnnbp_cli.files.untrusted import read_bounded
from cnnbp_cli.grading.roster import Student

KEY = "key.json"
HANDOUTS = "students"

SCHEMA: Literal["cnnbp.exercise-key/1"] = "cnnbp.exercise-key/1"

MAX_KEY = 2**24


@dataclass(frozen=True)
class OwnExercise:
    """One student's exercise.

    Attributes
    ----------
    student
        Whose it is.
    exercise
        The exercise's id.
    file
        The file's name in the folder `students`.
    label
        The student's name, with the id where others have the same name.
    """

    student: Student
    exercise: str
    file: str
    label: str = ""


@dataclass(frozen=True)
class MadeVariant:
    """A student's exercise that was made: its id and its file."""

    id: str
    data: bytes


@dataclass(frozen=True)
class VariantKey:
    """Whose exercise is which.

    Attributes
    ----------
    folder
        Where the key is.
    variants
        One per student.
    """

    folder: Path
    variants: tuple[OwnExercise, ...]

    @cached_property
    def by_exercise(self) -> dict[str, OwnExercise]:
        return {variant.exercise: variant for variant in self.variants}

    def path(self, variant: OwnExercise) -> Path:
        """The file of a student's exercise."""
        return self.folder / HANDOUTS / variant.file


def handout_names(students: Sequence[Student], file_format: Format) -> list[str]:
    """A file name for each student."""
    return [f"{name}.{file_format}" for name in safe_names(student.id for student in students)]


@dataclass(frozen=True)
class VariantTask:
    """What making one student's exercise takes; it is pickled.

    Attributes
    ----------
    config
        The network; None for that of the exercise without a config.
    seed
        The seed of all students.
    student
        The student's id.
    file_format
        The format of the file.
    """

    config: Config | None
    seed: int
    student: str
    file_format: Format


def make_variant(task: VariantTask) -> MadeVariant:
    """The exercise of one student, without answers."""
    drawn = draw(task.config, _seeds(task.seed, task.student)).exercise
    return MadeVariant(drawn.id, pack(drawn, task.file_format, questions_only=True))


def _seeds(seed: int, student: str) -> Iterator[int]:
    """The seeds of one student, which the seed of all students decides."""
    for number in count():
        digest = sha256(f"{seed} {number} {student}".encode()).digest()
        yield int.from_bytes(digest[: SEED_BITS // 8], "big")


def key_text(seed: int, variants: Sequence[OwnExercise]) -> str:
    """The text of the key."""
    students = [
        {
            "id": variant.student.id,
            "name": variant.student.name,
            "aliases": list(variant.student.aliases),
            "exercise": variant.exercise,
            "file": variant.file,
        }
        for variant in variants
    ]
    return json.dumps({"schema": SCHEMA, "seed": seed, "students": students}, indent=1, ensure_ascii=False) + "\n"


def read_key(path: Path) -> VariantKey:
    """The key in this file, in the folder of the exercises.

    Raises
    ------
    CnnbpError
        It is missing, or not as `key_text` writes it.
    """
    hint = "Make such a folder with cnnbp exercise make --students."
    raw = read_bounded(path, MAX_KEY, lambda problem: CnnbpError(problem, where=str(path), hint=hint))
    try:
        document = json.loads(raw.decode("utf-8-sig"))
        if document["schema"] != SCHEMA:
            raise ValueError
        variants = tuple(_variants(document["students"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        raise CnnbpError("is not a key to exercises", where=str(path), hint=hint) from None
    if not variants:
        raise CnnbpError("has no students", where=str(path), hint=hint)
    if len({variant.exercise for variant in variants}) < len(variants):
        raise CnnbpError("gives two students the same exercise", where=str(path), hint=hint)
    if bad := [variant.file for variant in variants if Path(variant.file).name != variant.file]:
        raise CnnbpError(f"names files in other folders: {quoted(bad)}", where=str(path), hint=hint)
    return VariantKey(path.parent, variants)


def _variants(students: Any) -> Iterator[OwnExercise]:
    names = Counter(entry["name"] for entry in students)
    for entry in students:
        texts = [entry[name] for name in ("id", "name", "exercise", "file")]
        aliases = tuple(entry["aliases"])
        if not all(isinstance(text, str) for text in (*texts, *aliases)):
            raise TypeError
        student, name, exercise, file = texts
        label = name if names[name] == 1 else f"{name} ({student})"
        yield OwnExercise(Student(student, name, aliases), exercise, file, label)
