"""Runs command lines one after the other in one process, and says of each what it did and how much memory it took.

Reads a JSON list of [folder, arguments] from stdin; prints a JSON document a line.
"""

from __future__ import annotations

import io
import json
import os
import sys
import time
import traceback
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

from cnnbp_cli.app import run

STATUS = Path("/proc/self/status")
HEADROOM = 3 << 30
"""Bytes: what takes more fails here, and not on the machine."""


def in_use(what: str) -> int:
    """Bytes of this process now (VmRSS, VmSize), or at most since `forget` (VmHWM); 0 if unknown."""
    if not STATUS.exists():
        return 0
    return next(int(line.split()[1]) << 10 for line in STATUS.read_text().splitlines() if line.startswith(what))


def forget() -> None:
    """Reset the peak."""
    if STATUS.exists():
        Path("/proc/self/clear_refs").write_text("5")


def bound() -> None:
    if sys.platform != "win32":
        import resource

        most = in_use("VmSize") + HEADROOM
        if STATUS.exists():
            resource.setrlimit(resource.RLIMIT_AS, (most, most))


def files() -> dict[str, int]:
    """All that is in the current folder, and when it changed."""
    return {str(path): path.lstat().st_mtime_ns for path in Path().rglob("*")}


def command(folder: str, arguments: list[str]) -> dict[str, object]:
    out, err = io.StringIO(), io.StringIO()
    os.chdir(folder)
    there = files()
    forget()
    before, start = in_use("VmRSS"), time.monotonic()
    code: object = None
    with redirect_stdout(out), redirect_stderr(err):
        try:
            code = int(run(arguments))
        except BaseException:
            traceback.print_exc()
    taken, seconds = in_use("VmHWM") - before, time.monotonic() - start
    return {
        "code": code,
        "out": out.getvalue(),
        "err": err.getvalue(),
        "bytes": taken,
        "seconds": seconds,
        "changed": [path for path, _ in there.items() ^ files().items()],
    }


if __name__ == "__main__":
    commands = json.load(sys.stdin)
    command(*commands[0])  # what the first one imports belongs to the baseline
    bound()
    for each in commands:
        print(json.dumps(command(*each)), flush=True)
