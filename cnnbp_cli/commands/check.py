"""`cnnbp check`: run a student's program, and diagnose what it saves."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from cnnbp_cli.commands.options import Hint, Json, path
from cnnbp_cli.errors import CnnbpError, ExitCode

if TYPE_CHECKING:
    from cnnbp_cli.checking.program import ProgramOutcome
    from cnnbp_cli.diagnosis.reports import Diagnosis
    from cnnbp_cli.show.console import Consoles

TIME_LIMIT = 60.0
"""Seconds that a program may run unless `--timeout` says otherwise."""


def check(
    program: Annotated[
        Path,
        typer.Argument(
            metavar="PROGRAM",
            show_default=False,
            parser=path,
            help="Your program. Python (.py), JavaScript (.js), Octave (.m) and Julia (.jl) are known; others must be "
            "executable.",
        ),
    ],
    exercise: Annotated[Path, typer.Option(metavar="FILE", parser=path, help="The exercise that it computes.")] = Path(
        "exercise.npz"
    ),
    mine: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            parser=path,
            show_default="the .npz, .npy, .json or .mat file that the program writes",
            help="The file that it saves.",
        ),
    ] = None,
    timeout: Annotated[
        float, typer.Option(metavar="SECONDS", min=0.1, help="End the program after this time.")
    ] = TIME_LIMIT,
    runner: Annotated[
        str | None,
        typer.Option("--with", metavar="COMMAND", show_default=False, help="Command that runs it, such as 'uv run'."),
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Do it again whenever the program is saved, until Ctrl-C.")
    ] = False,
    hint: Hint = 3,
    as_json: Json = False,
) -> None:
    """Run your program, and name the mistakes in what it saves.

    Example:  cnnbp check my_backprop.py --exercise exercise.npz --watch

    The program runs in the current folder, in a process of its own. The environment variable CNNBP_EXERCISE
    holds the path of the exercise.
    Exits with 0 if everything is correct, 1 if something is wrong, 2 if the program fails or saves nothing.
    """
    from cnnbp_cli.checking.watch import FileWatch
    from cnnbp_cli.show.console import Consoles
    from cnnbp_cli.show.error import show_error

    if watch and as_json:
        raise CnnbpError("--watch and --json exclude each other", hint="Leave one of them out.")
    consoles = Consoles.of_process()
    run = CheckedProgram(program, exercise, mine, timeout, runner)
    if not watch:
        failed = run.show(consoles, hint, as_json=as_json)
        raise typer.Exit(ExitCode.FAILED if failed else ExitCode.OK)
    watched = FileWatch(program)
    while True:
        try:
            run.show(consoles, hint, as_json=False)
        except CnnbpError as error:
            show_error(consoles.err, error.problem, where=error.where, hint=error.hint)
        consoles.err.print(f"\n{datetime.now():%H:%M:%S}: waiting for {program.name} to be saved; Ctrl-C ends.")
        watched.wait()
        consoles.out.rule()


class CheckedProgram(NamedTuple):
    """A program, and how to run it: the options of `cnnbp check`."""

    program: Path
    exercise: Path
    mine: Path | None
    timeout: float
    runner: str | None

    def show(self, consoles: Consoles, hint: int, *, as_json: bool) -> bool:
        """Run it once and show the diagnosis; return whether anything is wrong."""
        from cnnbp_cli.diagnosis.answers import read_answers
        from cnnbp_cli.diagnosis.diagnose import diagnose
        from cnnbp_cli.diagnosis.exchange import read_exercise
        from cnnbp_cli.show.check import check_document
        from cnnbp_cli.show.diagnose import show_diagnose
        from cnnbp_cli.show.json import show_json

        exercise = read_exercise(self.exercise)
        outcome, saved = self._run(consoles)
        diagnosis: Diagnosis = diagnose(exercise, read_answers(saved, exercise))
        if as_json:
            show_json(check_document(self.program, self.exercise, saved, outcome, diagnosis, hint=hint))
        else:
            show_diagnose(consoles.out, diagnosis, hint=hint)
        return diagnosis.failed

    def _run(self, consoles: Consoles) -> tuple[ProgramOutcome, Path]:
        """How it ended, and the file that it saved."""
        from cnnbp_cli.checking.program import command_of, run_program
        from cnnbp_cli.checking.saved import saved_file, states
        from cnnbp_cli.show.check import program_error, show_output
        from cnnbp_cli.starters.python import EXERCISE_VARIABLE

        command = command_of(self.program, self.runner)
        folders = [Path(), self.program.parent, *([self.mine.parent] if self.mine else [])]
        before = states(folders, self.exercise)
        environment = {EXERCISE_VARIABLE: str(self.exercise.resolve())}
        outcome = run_program(command, limit=self.timeout, environment=environment)
        show_output(consoles.err, self.program, outcome)
        if not outcome.succeeded:
            raise program_error(self.program, outcome, self.timeout)
        return outcome, saved_file(before, states(folders, self.exercise), self.mine)
