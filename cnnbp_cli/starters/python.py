"""A starter in Python, on NumPy."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

from cnnbp_cli.diagnosis.array_file import Format
from cnnbp_cli.diagnosis.exchange import Exercise
from cnnbp_cli.files.text import command_line, printable
from cnnbp_cli.gradients.trace import LayerTrace
from cnnbp_cli.numerics.arrays import Shape
from cnnbp_cli.starters.steps import SAME, StarterStep, StarterSteps, given_names

WIDTH = 100
"""Characters of a line of text; equations are not wrapped."""

HOLE = "return None  # replace this line\n"
"""The body of a step that is left open."""

EXERCISE_VARIABLE = "CNNBP_EXERCISE"
"""The environment variable in which `cnnbp check` passes the exercise."""

LAYOUT = """\
Arrays are laid out as in the exercise: the sample first, then channel, row and column. delta is ∂C/∂z of a layer
(∂C/∂a if it has no activation function); grad_weight, grad_bias and grad_input are ∂C/∂w, ∂C/∂b and ∂C/∂x, where x is
its input."""

READ: dict[Format, str] = {
    "npz": """\
def read(path):
    \"\"\"The arrays that the exercise gives.\"\"\"
    with np.load(path) as file:
        return {name: file[name] for name in ("id", *GIVEN)}
""",
    "json": """\
def read(path):
    \"\"\"The arrays that the exercise gives.\"\"\"
    with open(path, encoding="utf-8") as file:
        arrays = json.load(file)
    return {name: np.array(arrays[name]) for name in ("id", *GIVEN)}
""",
}

MAIN = '''\
def forward(values):
    """The forward pass. It stops at the first array that differs from the exercise's."""
    values = dict(values)
    for name, step, needs in FORWARD:
        result = step(*(values[need] for need in needs))
        if not np.allclose(result, values[name]):
            raise SystemExit(f"{name} differs from the exercise's: see {step.__name__}")
        values[name] = result
    return values


def backward(values):
    """The steps of the backward pass whose inputs are there. A step that returns None is still to be written."""
    answers = {}
    for name, step, needs in BACKWARD:
        known = {**values, **answers}
        if all(known.get(need) is not None for need in needs):
            answers[name] = step(*(known[need] for need in needs))
    return {name: array for name, array in answers.items() if array is not None}


if __name__ == "__main__":
    exercise = read(EXERCISE)
    answers = backward(forward(exercise))
    np.savez(ANSWERS, id=exercise["id"], **answers)
    print(f"{len(answers)} of {len(BACKWARD)} tensors are in {ANSWERS}")
'''


def read_format(path: Path) -> Format:
    """The format of an exercise that is there."""
    with path.open("rb") as file:
        return "npz" if file.read(2) == b"PK" else "json"


def python_starter(exercise: Exercise, program: Path, path: Path, file_format: Format) -> str:
    """The program's text.

    Parameters
    ----------
    exercise
        What it computes.
    program
        The program's file, which its text mentions.
    path, file_format
        The exercise's file, which the program reads.
    """
    steps = StarterSteps(exercise)
    forward = [step for layer in steps.layers for step in steps.forward(layer)]
    backward = [step for layer in reversed(steps.layers) for step in steps.backward(layer)]
    given = given_names(forward, backward)
    given += [step.name for step in forward if step.name not in given]  # to be compared with
    functions = {step.function: step for step in forward}
    parts = [
        _opening(exercise, program, path, file_format),
        _heading("The forward pass, which is written, and checked against the exercise"),
        *_forward(steps, functions),
        _heading("The backward pass, which is yours: replace the line `return None` of each step, from the first on"),
        *(_function(step) for step in backward if step.function != SAME),
        *([_same()] if any(step.function == SAME for step in backward) else []),
        _heading("The order of the steps: what each computes, its function, and the arrays that it is given"),
        _names("GIVEN", given) + "\n" + _table("FORWARD", forward) + "\n" + _table("BACKWARD", backward),
        READ[file_format],
        MAIN,
    ]
    return "\n\n".join(parts)


def _opening(exercise: Exercise, program: Path, path: Path, file_format: Format) -> str:
    trace = exercise.trace
    name, where = printable(program.name), printable(str(path))
    commands = {
        command_line(["python", program.name]): f"reads {where}, writes mine.npz",
        command_line(["cnnbp", "diagnose", str(path), "mine.npz"]): "names the mistakes",
        command_line(["cnnbp", "check", program.name, "--exercise", str(path)]): "does both",
    }
    width = max(map(len, commands))
    rows = [
        (layer.name, layer.layer.label, _shape(layer.a.shape[:-1]), _function_name(layer)) for layer in trace.layers
    ]
    rows.insert(0, ("input", "", _shape(trace.network.input_shape), ""))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    words = [
        f"{name}: back-propagation, step by step.",
        "",
        *(f"    {command:<{width}}  {meaning}" for command, meaning in commands.items()),
        "",
        *(f"    {'  '.join(map(str.ljust, row, widths))}".rstrip() for row in rows),
        "",
        f"    {trace.network.loss.equation}, and C of the batch is the mean over its {trace.labels.size} samples",
        "",
        *textwrap.wrap(LAYOUT, WIDTH),
        "",
    ]
    lines = [
        _docstring(words),
        "",
        *(["import json"] if file_format == "json" else []),
        "import os",
        "",
        "import numpy as np",
        "",
        f"EXERCISE = os.environ.get({_text(EXERCISE_VARIABLE)}, {_text(str(path))})  # cnnbp check sets the variable",
        'ANSWERS = "mine.npz"',
        "",
    ]
    return "\n".join(lines)


def _heading(text: str) -> str:
    return f"# {text}\n"


def _forward(steps: StarterSteps, functions: dict[str, StarterStep]) -> Iterator[str]:
    for layer in steps.layers:
        own = list(steps.forward(layer))
        if missing := _unwritten(layer, own):
            yield (
                f"# {layer.name}: this starter cannot write the forward pass of a layer of type {layer.layer.type};\n"
                f"# {missing} is that of the exercise.\n"
            )
        for step in own:
            if functions.pop(step.function, None):  # an activation function is written once
                yield _function(step, general=not step.function.endswith("_forward"))


def _unwritten(layer: LayerTrace, steps: Sequence[StarterStep]) -> str:
    """The arrays of a layer's forward pass that no step computes."""
    has_own = layer.layer.function is not None and not layer.layer.is_activation
    wanted = [f"{layer.name}.z", f"{layer.name}.a"] if has_own else [f"{layer.name}.a"]
    made = {step.name for step in steps}
    return " and ".join(name for name in wanted if name not in made)


def _function(step: StarterStep, *, general: bool = False) -> str:
    """A step as a function. A `general` one is used for several shapes, which are left out."""
    names = ", ".join(argument.name for argument in step.arguments)
    words = [step.equation or step.name]
    if not general:
        given = ", ".join(f"{argument.name} {argument.shape}" for argument in step.arguments)
        words += [
            "",
            *textwrap.wrap(step.note, WIDTH),
            *[""] * bool(step.note),
            *textwrap.wrap(f"{given} → {step.result} {step.shape}", WIDTH),
            "",
        ]
    return f"def {step.function}({names}):\n" + textwrap.indent(f"{_docstring(words)}\n{step.body or HOLE}", "    ")


def _same() -> str:
    words = "Nothing is computed: δ of a layer without an activation function is ∂C/∂x of the layer after it."
    return f"def {SAME}(delta):\n    {_docstring([words])}\n    return delta\n"


def _names(name: str, names: Sequence[str]) -> str:
    return f"{name} = [\n" + "".join(f"    {_text(one)},\n" for one in names) + "]\n"


def _table(name: str, steps: Sequence[StarterStep]) -> str:
    rows = (
        f"    ({_text(step.name)}, {step.function}, [{', '.join(_text(a.of) for a in step.arguments)}]),\n"
        for step in steps
    )
    return f"{name} = [\n{''.join(rows)}]\n"


def _function_name(layer: LayerTrace) -> str:
    function = layer.layer.function
    return function.name if function and not layer.layer.is_activation else ""


def _shape(shape: Shape) -> str:
    return "×".join(map(str, shape))


def _text(text: str) -> str:
    """A text as Python writes it."""
    return f'"{text}"' if ascii(text) == f"'{text}'" and '"' not in text else ascii(text)


def _docstring(lines: Sequence[str]) -> str:
    """A docstring, which nothing in its text can end."""
    text = "\n".join(lines).replace("\\", "/").replace('"', "'")
    return f'"""{text}"""'
