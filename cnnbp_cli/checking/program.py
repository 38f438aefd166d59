"""A program in a process of its own, with a time limit, and its last output.

The program and all processes that it started end with it: when it is done, when its time is up, and on Ctrl-C.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import IO

from cnnbp_cli.config.problems import either
from cnnbp_cli.errors import CnnbpError

MAX_OUTPUT = 64 * 1024
"""Bytes of output that are kept, the last ones: a loop that prints must not fill the memory."""

PIECE = 1 << 16

READER_PATIENCE = 2.0
"""Seconds to wait for the rest of the output once the processes have ended."""

INTERPRETERS: dict[str, list[list[str]]] = {
    ".py": [[sys.executable]],
    ".js": [["node"]],
    ".mjs": [["node"]],
    ".m": [["octave", "--no-gui", "--quiet"]],
    ".jl": [["julia"]],
}
"""What runs a program, by the end of its name. Other programs run themselves."""


@dataclass(frozen=True)
class ProgramOutcome:
    """How a program ended.

    Attributes
    ----------
    exit_code
        As the system reports it; on POSIX, negative for a signal.
    seconds
        How long it ran.
    output
        The last part of what it printed, on stdout and stderr.
    timed_out
        Whether it was ended because its time was up.
    """

    exit_code: int
    seconds: float
    output: str
    timed_out: bool

    @property
    def succeeded(self) -> bool:
        return self.exit_code == 0 and not self.timed_out


def command_of(program: Path, runner: str | None = None) -> list[str]:
    """The command that runs a program; `runner` is the command line of another interpreter.

    Raises
    ------
    CnnbpError
        There is no such file, or nothing that runs it.
    """
    if not program.is_file():
        raise CnnbpError("there is no such file", where=str(program), hint="Write one with cnnbp exercise starter.")
    own = str(program) if program.parent.parts else str(Path(os.curdir, program))
    if runner:
        try:
            words = shlex.split(runner, posix=os.name != "nt")
        except ValueError as error:
            raise CnnbpError(f"cannot be read: {error}", where=f"--with {runner}") from None
        options = [words]
    elif program.suffix.lower() in INTERPRETERS:
        options = INTERPRETERS[program.suffix.lower()]
    else:
        options = [[]]
    for words in options:
        if not words and os.access(program, os.X_OK):
            return [own]
        if words and shutil.which(words[0]):
            return [*words, str(program)]
    names = either([words[0] for words in options if words] or ["this file"])
    problem = (
        "is not executable, and its name does not say what runs it" if options == [[]] else f"{names} is not found"
    )
    raise CnnbpError(problem, where=str(program), hint="Name the command that runs it: --with 'COMMAND'.")


def run_program(command: Sequence[str], *, limit: float, environment: Mapping[str, str]) -> ProgramOutcome:
    """Run a command in the current folder, for at most `limit` seconds.

    Parameters
    ----------
    command
        Its words.
    limit
        Seconds.
    environment
        Variables to set beside those of this process.
    """
    start = time.monotonic()
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONIOENCODING": "utf-8", "PYTHONUNBUFFERED": "1", **environment},
            start_new_session=os.name != "nt",  # so that it and its children can be ended together
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
    except OSError as error:
        raise CnnbpError(f"cannot be run: {error.strerror or error}", where=command[-1]) from None
    timed_out = False
    try:
        assert process.stdout
        tail = _OutputTail(process.stdout)
        process.wait(limit)
    except subprocess.TimeoutExpired:
        timed_out = True
    finally:  # on Ctrl-C too
        end_tree(process)
    return ProgramOutcome(process.returncode, time.monotonic() - start, tail.text(), timed_out)


def end_tree(process: subprocess.Popen[bytes]) -> None:
    """End a process of `run_program` and all that it started, at once."""
    if os.name == "nt":
        if process.poll() is None:
            subprocess.run(["taskkill", "/F", "/T", "/PID", str(process.pid)], capture_output=True, check=False)
    else:
        with suppress(ProcessLookupError, PermissionError):  # PermissionError: macOS, if only zombies are left
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


class _OutputTail(Thread):
    """Reads a stream to its end, and keeps the last bytes."""

    def __init__(self, stream: IO[bytes]) -> None:
        super().__init__(daemon=True)
        self._stream, self._kept, self._dropped = stream, bytearray(), False
        self.start()

    def run(self) -> None:
        with suppress(OSError), self._stream:
            while piece := os.read(self._stream.fileno(), PIECE):
                self._kept += piece
                if len(self._kept) > MAX_OUTPUT:
                    del self._kept[:-MAX_OUTPUT]
                    self._dropped = True

    def text(self) -> str:
        """What was printed; of a long output, its last whole lines."""
        self.join(READER_PATIENCE)
        text = bytes(self._kept).decode("utf-8", "replace").replace("\r\n", "\n")
        return text.partition("\n")[2] if self._dropped else text
