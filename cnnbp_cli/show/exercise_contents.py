"""`cnnbp exercise show`: the names in an exercise, with their shapes and meaning."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from cnnbp_cli.diagnosis.contents import NamedArray, given_arrays, wanted_arrays
from cnnbp_cli.diagnosis.exchange import Exercise
from cnnbp_cli.diagnosis.layouts import AXES
from cnnbp_cli.files.text import plural, printable
from cnnbp_cli.show.columns import COLUMN_GAP
from cnnbp_cli.show.diagnose import show_beside
from cnnbp_cli.show.documents.exercise import ExerciseContentsDocument, NamedArrayDocument
from cnnbp_cli.show.walk import INDENT, shape_text


def show_exercise_contents(console: Console, path: Path, exercise: Exercise) -> None:
    """Print two tables: what is given, and what is to be computed."""
    trace = exercise.trace
    images = f"{plural(trace.labels.size, 'image')} {shape_text(trace.network.input_shape)}"
    line = Text.assemble((printable(str(path)), "bold"), f": {images}, C = {trace.cost:.6g}, id {exercise.id}")
    console.print(line, soft_wrap=True)
    console.print(Text(f"{trace.network.loss.equation}, the mean over the samples", style="italic"), soft_wrap=True)
    given, wanted = list(given_arrays(exercise)), list(wanted_arrays(exercise))
    _show_arrays(console, "given", given)
    _show_arrays(console, "to be computed, in the order of the backward pass", wanted)
    used = {axis for array in (*given, *wanted) for axis in array.axes}
    console.print()
    show_beside(console, Text("axes", style="dim"), ", ".join(f"{a} {word}" for a, word in AXES.items() if a in used))


def _show_arrays(console: Console, title: str, arrays: Sequence[NamedArray]) -> None:
    names = max(len(array.name) for array in arrays)
    shapes = max(len(shape_text(array.shape)) for array in arrays)
    console.print()
    console.print(Text(title, style="bold"))
    for array in arrays:
        start = Text.assemble(
            INDENT, (f"{array.name:<{names}}", "cyan"), COLUMN_GAP, f"{shape_text(array.shape):<{shapes}}", COLUMN_GAP
        )
        show_beside(console, start.append(f"{array.axes:<4}", "dim"), array.meaning)


def exercise_contents_document(path: Path, exercise: Exercise) -> ExerciseContentsDocument:
    """The same for programs."""
    trace = exercise.trace
    return {
        "schema": "cnnbp.exercise_show/1",
        "exercise": str(path),
        "id": exercise.id,
        "samples": trace.labels.size,
        "input_shape": list(trace.network.input_shape),
        "loss": trace.network.loss.name,
        "cost": trace.cost,
        "given": [_record(array) for array in given_arrays(exercise)],
        "wanted": [_record(array) for array in wanted_arrays(exercise)],
    }


def _record(array: NamedArray) -> NamedArrayDocument:
    axes = [AXES[axis] for axis in array.axes]
    return {"name": array.name, "shape": list(array.shape), "axes": axes, "meaning": array.meaning}
