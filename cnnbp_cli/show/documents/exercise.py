"""The documents of `cnnbp exercise`."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict


class AlikeDocument(TypedDict):
    """Mistakes that give the same numbers on this exercise."""

    tensor: str
    mistakes: list[str]
    """Their keys, as in the document of `cnnbp diagnose`."""


class ExerciseDocument(TypedDict):
    """`cnnbp exercise make`: an exercise that was written."""

    schema: Literal["cnnbp.exercise/1"]
    exercise: str
    """The file."""
    samples: int
    """Images in its batch."""
    input_shape: list[int]
    """Channels, height, width."""
    cost: float
    """C, the mean over the samples."""
    tensors: list[str]
    """The tensors to compute."""
    answers: bool
    """Whether the file contains the answers."""
    seed: int
    """Makes the exercise again."""
    handout: str | None
    """The file without answers, if one was asked for."""
    alike: list[AlikeDocument]


class OwnExerciseDocument(TypedDict):
    """The exercise of one student."""

    id: str
    """The student's."""
    name: str
    exercise: str
    """The exercise's id, which submissions contain."""
    file: str


class ExerciseStudentsDocument(TypedDict):
    """`cnnbp exercise make --students`: one exercise per student."""

    schema: Literal["cnnbp.exercise_students/1"]
    folder: str
    """What `cnnbp grade` takes for the exercise."""
    key: str
    """The file that says whose exercise is which."""
    seed: int
    """Makes the exercises again."""
    students: list[OwnExerciseDocument]


class NamedArrayDocument(TypedDict):
    """One array of an exercise."""

    name: str
    shape: list[int]
    axes: list[str]
    """What each axis counts: `map`, `channel`, `row`, `column`, …"""
    meaning: str
    """What it is, or the equation that computes it."""


class ExerciseContentsDocument(TypedDict):
    """`cnnbp exercise show`: the names in an exercise."""

    schema: Literal["cnnbp.exercise_show/1"]
    exercise: str
    """The file."""
    id: str
    """Names the exercise; a submission may contain it."""
    samples: int
    input_shape: list[int]
    """Channels, height, width."""
    loss: str
    """Its name."""
    cost: float
    """C, the mean over the samples."""
    given: list[NamedArrayDocument]
    wanted: list[NamedArrayDocument]
    """What is to be computed, in the order of the backward pass."""


class StarterDocument(TypedDict):
    """`cnnbp exercise starter`: a program to start from that was written."""

    schema: Literal["cnnbp.exercise_starter/1"]
    exercise: str
    """The file that the program reads."""
    program: str
    tensors: list[str]
    """The tensors that its steps compute."""
