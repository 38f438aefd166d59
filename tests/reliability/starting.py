"""Ctrl-C while a command starts: the exit code is 130, and nothing is printed that the command would not print.

    python -m tests.reliability.starting --times 40

Each command is interrupted at random moments between its first line and the time that it takes to load everything. A
training that has begun may say where it stopped. POSIX only.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.cli.small import SMALL, write_data
from tests.mnist.drawings import drawn
from tests.reliability.figures import origin

PROGRAM = "import os; os.write(1, b'.'); from cnnbp_cli.__main__ import main; raise SystemExit(main())"
"""`cnnbp`, which says when Python itself has started: before that, an interrupt is Python's own."""

FIRST = 0.01
"""Seconds that Python gets to reach the first line of the program: one import of an empty file."""

LONGEST = 1.2
"""Seconds after which every command of the small data set has loaded its modules."""


class Commands:
    """Commands, and what became of those that were interrupted."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "small.yaml").write_text(SMALL, encoding="utf-8")
        (folder / "data").mkdir()
        write_data(folder / "data")
        drawn(4, "serif", 60, "chalk").save(folder / "four.png")
        self._run("train", "--config", "small.yaml", "--threads", "1", "--output-dir", "run", "--quiet")
        self.commands = {
            "predict": ("four.png", "--checkpoint", "run"),
            "train": ("--config", "small.yaml", "--threads", "1", "--epochs", "5000"),
            "evaluate": ("run",),
            "config": ("show", "small.yaml"),
            "health": ("run",),
        }
        self.results = {
            command: self._run(command, *arguments)
            for command, arguments in self.commands.items()
            if command != "train"
        }
        """What the commands print. An interrupt may come after that."""

    def after(self, seconds: float, command: str) -> str:
        """What is wrong with the end of a command that is interrupted so long after its start; empty if nothing."""
        with self._start(command, *self.commands[command]) as process:
            assert process.stdout.read(1) == b"."  # type: ignore[union-attr]
            time.sleep(seconds)
            process.send_signal(signal.SIGINT)
            shown, printed = process.communicate(timeout=60)
        if process.returncode == 0 and command != "train":
            return ""  # the command was faster
        began = command == "train" and printed.startswith(b"Training ")
        code = 128 - process.returncode if process.returncode < 0 else process.returncode  # as a shell says it
        if code == 130 and shown in (b"", self.results.get(command)) and (began or not printed):
            return ""
        return f"{command} after {seconds:.3f} s: exit code {process.returncode}, {shown!r}, {printed.decode()}"

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        env = {**os.environ, "CNNBP_DATA_DIR": "data", "PYTHONIOENCODING": "utf-8"}
        command = [sys.executable, "-c", PROGRAM, *arguments]
        return subprocess.Popen(
            command, cwd=self.folder, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def _run(self, *arguments: str) -> bytes:
        with self._start(*arguments) as process:
            shown, printed = process.communicate()
        assert process.returncode == 0, printed
        return shown.removeprefix(b".")


def interrupt(folder: Path, times: int, rng: random.Random) -> list[str]:
    """Interrupt each command so many times; return what went wrong."""
    commands = Commands(folder)
    problems = (
        commands.after(rng.uniform(FIRST, LONGEST), command) for command in commands.commands for _ in range(times)
    )
    return [problem for problem in problems if problem]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--times", type=int, default=40)
    options = parser.parse_args()
    begun = origin()
    with TemporaryDirectory() as folder:
        problems = interrupt(Path(folder), options.times, random.Random())
    for problem in problems:
        print(problem, file=sys.stderr)
    commands = Counter(problem.split()[0] for problem in problems)
    print(json.dumps({"times": options.times, "problems": dict(commands), **begun}, indent=2))
    return 1 if problems else 0


if __name__ == "__main__":
    raise SystemExit(main())
