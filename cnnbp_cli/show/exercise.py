"""`cnnbp exercise make`: what was written, and which mistakes the exercise cannot distinguish."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.text import Text

from cnnbp_cli.diagnosis.drawing import Drawn, Indistinct
from cnnbp_cli.diagnosis.exchange import Exercise
from cnnbp_cli.files.text import plural, printable
from cnnbp_cli.show.diagnose import show_beside
from cnnbp_cli.show.documents.exercise import ExerciseDocument, StarterDocument
from cnnbp_cli.show.next_steps import next_steps
from cnnbp_cli.show.walk import shape_text


def show_exercise(
    console: Console,
    path: Path,
    exercise: Exercise,
    alike: Indistinct,
    *,
    questions_only: bool,
    seed: int | None = None,
    handout: Path | None = None,
) -> None:
    """Print where the exercise is, what it holds, and which mistakes give the same numbers in it."""
    trace = exercise.trace
    line = Text(printable(str(path)), style="bold")
    shape = shape_text(trace.network.input_shape)
    line.append(f": {plural(trace.labels.size, 'image')} {shape}, C = {trace.cost:.6g}")
    console.print(line, soft_wrap=True)
    show_beside(console, Text("compute", style="dim"), ", ".join(exercise.tensors))
    asked = exercise.config.train.batch_size
    if asked != trace.labels.size:
        reason = "a number of images that is none of the network's sizes distinguishes more mistakes"
        show_beside(console, Text("batch", style="dim"), f"train.batch_size is {asked}; {reason}")
    if seed is not None:
        show_seed(console, seed)
    if handout:
        console.print(
            Text.assemble((printable(str(handout)), "bold"), ": without answers, for students"), soft_wrap=True
        )
    elif not questions_only:
        console.print("The file contains the answers; --questions-only leaves them out.")
    if alike:
        console.print("This network does not distinguish these mistakes:", style="yellow")
        for tensor, candidates in alike:
            titles = [c.mistake.title.format(c.variant) for c in candidates if c.mistake]
            for number, title in enumerate(titles):
                show_beside(console, Text(f"  {'or' if number else tensor:>{len(tensor)}}"), title)


def show_seed(console: Console, seed: int) -> None:
    """Print the seed, and what it is for."""
    show_beside(console, Text("seed", style="dim"), f"{seed} makes the same again (--seed); keep it from students")


def exercise_document(path: Path, drawn: Drawn, handout: Path | None, *, questions_only: bool) -> ExerciseDocument:
    """The same for programs."""
    exercise = drawn.exercise
    trace = exercise.trace
    return {
        "schema": "cnnbp.exercise/1",
        "exercise": str(path),
        "samples": trace.labels.size,
        "input_shape": list(trace.network.input_shape),
        "cost": trace.cost,
        "tensors": list(exercise.tensors),
        "answers": not questions_only,
        "seed": drawn.seed,
        "handout": str(handout) if handout else None,
        "alike": [
            {"tensor": tensor, "mistakes": [c.mistake.key for c in candidates if c.mistake]}
            for tensor, candidates in drawn.indistinct
        ],
    }


def show_starter(console: Console, exercise: Path, program: Path) -> None:
    """Print where the starter is, and what to type next."""
    console.print(Text.assemble("Program written to ", (printable(str(program)), "bold")), soft_wrap=True)
    console.print("Write its steps in their order, and diagnose after each:")
    check = ["check", str(program), "--exercise", str(exercise)]
    console.print(next_steps(check, [*check, "--watch"]), end="", soft_wrap=True)


def starter_document(exercise: Path, program: Path, of: Exercise) -> StarterDocument:
    """The same for programs."""
    return {
        "schema": "cnnbp.exercise_starter/1",
        "exercise": str(exercise),
        "program": str(program),
        "tensors": list(of.tensors),
    }


def show_exported(console: Console, path: Path) -> None:
    """Print where `inspect-gradients --export` wrote its exercise."""
    console.print(Text.assemble("Exercise written to ", (printable(str(path)), "bold")), soft_wrap=True)
