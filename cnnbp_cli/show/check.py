"""`cnnbp check`: what the program printed, why it failed, and the diagnosis of what it saved."""

from __future__ import annotations

import re
import signal
from pathlib import Path
from typing import cast

from rich.console import Console
from rich.text import Text

from cnnbp_cli.checking.program import ProgramOutcome
from cnnbp_cli.diagnosis.reports import Diagnosis
from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.files.text import printable
from cnnbp_cli.show.diagnose_document import answer_document
from cnnbp_cli.show.documents.diagnose import CheckDocument

MAX_LINES = 40
"""Of a program's output, the last ones."""

MAX_CHARACTERS = 300
"""Of a line."""

PLACE = re.compile(r'^\s*File "(?P<file>.+)", line (?P<line>\d+)', re.MULTILINE)
"""A frame of a Python traceback."""

EXCEPTION = re.compile(r"^[A-Za-z_][\w.]*(?:Error|Exception|Warning|Exit|Interrupt)?(?::.*)?$")
"""The last line of one."""


def show_output(console: Console, program: Path, outcome: ProgramOutcome) -> None:
    """Print the last lines of what a program printed."""
    lines = outcome.output.rstrip("\n").split("\n") if outcome.output.strip() else []
    if not lines:
        return
    left_out = f", the last {MAX_LINES} of {len(lines):,} lines" if len(lines) > MAX_LINES else ""
    console.print(Text(f"{printable(program.name)} prints{left_out}:", style="dim"), soft_wrap=True)
    for line in lines[-MAX_LINES:]:
        console.print(Text(f"  {printable(line, MAX_CHARACTERS)}", style="dim"), soft_wrap=True)
    console.print()


def program_error(program: Path, outcome: ProgramOutcome, limit: float) -> CnnbpError:
    """Why a program failed, with the line of it that did."""
    where = str(program)
    if outcome.timed_out:
        return CnnbpError(
            f"did not finish within {limit:g} s, and was ended", where=where, hint="Allow more time: --timeout SECONDS."
        )
    if outcome.exit_code < 0:
        try:
            name = signal.Signals(-outcome.exit_code).name
        except ValueError:
            name = str(-outcome.exit_code)
        return CnnbpError(f"was ended by signal {name}", where=where)
    lines = [line for line in outcome.output.splitlines() if line.strip()]
    own = [found for found in PLACE.finditer(outcome.output) if Path(found["file"]).name == program.name]
    if own and lines and EXCEPTION.fullmatch(lines[-1]):
        return CnnbpError(printable(lines[-1], 300), where=f"{where}:{own[-1]['line']}")
    return CnnbpError(f"ended with exit code {outcome.exit_code}", where=where)


def check_document(
    program: Path, exercise: Path, mine: Path, outcome: ProgramOutcome, diagnosis: Diagnosis, *, hint: int
) -> CheckDocument:
    """One run, for programs."""
    about = {
        "schema": "cnnbp.check/1",
        "program": str(program),
        "exercise": str(exercise),
        "mine": str(mine),
        "seconds": outcome.seconds,
        "output": outcome.output,
        "hint": hint,
    }
    return cast("CheckDocument", {**about, **answer_document(diagnosis, hint)})
