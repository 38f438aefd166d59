"""A fault at each step of a save, in a real training, and what the next `--resume` makes of it.

    python -m tests.reliability.faults FOLDER

A step fails as the system would let it fail, or the process is gone at that very step, without a chance to clean up
(`os._exit`). Every training is a process of its own, forked from this one so that it starts quickly. Prints the
outcomes as a JSON list; `test_faults.py` says what they have to be.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import stat
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from io import StringIO
from pathlib import Path
from typing import IO, Any
from unittest.mock import patch

from cnnbp_cli import app
from cnnbp_cli.files import durable
from tests.cli.small import SMALL, write_data
from tests.training.trainings import assert_same_runs, files

SAVE = 4
"""The fault meets this save of last.npz: the third one within the first epoch but one."""

OPTIONS = ["--threads", "1", "--quiet", "--checkpoint-every", "6"]

ERRORS = ["ENOSPC", "EIO", "EACCES"]

Fault = Callable[[], None]
Patched = dict[str, Any]


class Faulty:
    """An open file of which one method fails; `write` puts half of the bytes down before it does."""

    def __init__(self, file: IO[bytes], method: str, fault: Fault) -> None:
        self._file = file
        self._method = method
        self._fault = fault

    def __getattr__(self, name: str) -> Any:
        return self._broken if name == self._method else getattr(self._file, name)

    def __enter__(self) -> Faulty:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def _broken(self, data: bytes = b"") -> None:
        self._file.write(data[: len(data) // 2])
        self._file.flush()
        self._fault()


def opened(method: str) -> Callable[[Fault], Patched]:
    """The temporary file cannot be opened, or one of its methods fails."""

    def patched(fault: Fault) -> Patched:
        real = Path.open

        def open_it(self: Path, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
            if mode != "xb":
                return real(self, mode, *args, **kwargs)
            if method == "open":
                fault()
            return Faulty(real(self, mode), method, fault)  # type: ignore[arg-type]

        return {"pathlib.Path.open": open_it}

    return patched


def synced(of_a_folder: bool) -> Callable[[Fault], Patched]:
    def patched(fault: Fault) -> Patched:
        real = os.fsync

        def fsync(descriptor: int) -> None:
            if stat.S_ISDIR(os.fstat(descriptor).st_mode) is of_a_folder:
                fault()
            real(descriptor)

        return {"os.fsync": fsync}

    return patched


def called(name: str) -> Callable[[Fault], Patched]:
    return lambda fault: {name: lambda *_, **__: fault()}


STEPS: dict[str, Callable[[Fault], Patched]] = {
    "open": opened("open"),
    "write": opened("write"),
    "flush": opened("flush"),
    "fsync": synced(of_a_folder=False),
    "read back": called("pathlib.Path.read_bytes"),
    "rename": called("pathlib.Path.replace"),
    "open folder": called("os.open"),
    "fsync folder": synced(of_a_folder=True),
}
"""What `durable.write` asks of the system, in order."""


def fails(name: str) -> Fault:
    def fault() -> None:
        number = getattr(errno, name)
        raise OSError(number, os.strerror(number))

    return fault


def dies() -> None:
    os._exit(9)


@contextmanager
def at_a_save(patched: Patched, before: Path) -> Iterator[None]:
    """The patches hold during one save of last.npz; what it takes the place of is copied to `before`."""
    real = durable.write
    saves = iter(range(1, SAVE + 1))

    def write(path: Path, data: bytes) -> None:
        if path.name != "last.npz" or next(saves, 0) != SAVE:
            return real(path, data)
        shutil.copy(path, before)
        patches = [patch(name, new) for name, new in patched.items()]
        for each in patches:
            each.start()
        try:
            return real(path, data)
        finally:
            for each in patches:
                each.stop()

    with patch.object(durable, "write", write):
        yield


def forked(call: Callable[[], int], log: Path) -> tuple[int, str]:
    """The exit code of a process that does nothing else, and what it printed."""
    process = os.fork()
    if not process:
        code = 70
        with suppress(BaseException):
            with log.open("wb") as file:
                os.dup2(file.fileno(), 1)
                os.dup2(file.fileno(), 2)
            try:
                code = call()
            except BaseException:
                traceback.print_exc()
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)
    _, status = os.waitpid(process, 0)
    return os.waitstatus_to_exitcode(status), log.read_text(encoding="utf-8")


class Trial:
    """Trainings with faults, in folders of their own, and one without."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.config = place / "small.yaml"
        self.config.write_text(SMALL, encoding="utf-8")
        (place / "data").mkdir()
        self.options = [*OPTIONS, "--data-dir", str(write_data(place / "data"))]
        self.whole = place / "whole"
        with redirect_stdout(StringIO()):  # not forked: what it imports, the others need not
            assert self.train("--config", self.config, "--output-dir", self.whole) == 0

    def train(self, *options: object) -> int:
        return app.run(["train", *map(str, options), *self.options])

    def outcome(self, step: str, patched: Patched) -> dict[str, Any]:
        """What a fault leaves, and how it ends after it."""
        folder, before, log = self.place / "run", self.place / "before.npz", self.place / "log"
        shutil.rmtree(folder, ignore_errors=True)
        before.unlink(missing_ok=True)

        def faulty() -> int:
            with at_a_save(patched, before):
                return self.train("--config", self.config, "--output-dir", folder)

        code, printed = forked(faulty, log)
        left = {"code": code, "printed": printed, "files": sorted(files(folder))}
        kept = (folder / "last.npz").read_bytes() == before.read_bytes()
        resumed, told_then = forked(lambda: self.train("--resume", folder), log)
        try:
            assert_same_runs(folder, self.whole)
            same = True
        except AssertionError:
            same = False
        end = {"resumed": resumed, "told_then": told_then, "same": same, "files_then": sorted(files(folder))}
        return {"step": step, **left, "kept": kept, **end}


def outcomes(place: Path) -> Iterator[dict[str, Any]]:
    trial = Trial(place)
    for step, patched in STEPS.items():
        yield {"fault": "dies", **trial.outcome(step, patched(dies))}
        for name in ERRORS:
            yield {"fault": name, **trial.outcome(step, patched(fails(name)))}
    read_otherwise = {"pathlib.Path.read_bytes": lambda _: b"otherwise"}
    yield {"fault": "otherwise", **trial.outcome("verify", read_otherwise)}


if __name__ == "__main__":
    print(json.dumps(list(outcomes(Path(sys.argv[1])))))
