"""`cnnbp`, and `python -m cnnbp_cli`. From the first line on, Ctrl-C ends the program with exit code 130."""

from __future__ import annotations

import os
import sys
import warnings

INTERRUPTED = 130
"""`ExitCode.INTERRUPTED`, which is needed before anything of the package is imported."""

try:
    import signal
    from types import FrameType
except KeyboardInterrupt:
    os._exit(INTERRUPTED)


def main() -> int:
    """Run the command line; return the exit code."""
    catches = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # not under nohup, or after a shell's &
    if catches:
        signal.signal(signal.SIGINT, interrupt)
        sys.unraisablehook = end_if_interrupted
    if not sys.warnoptions:  # warnings are for developers, who ask for them with -W
        warnings.simplefilter("ignore")
    try:
        from cnnbp_cli.app import run

        return run()
    except KeyboardInterrupt:
        return INTERRUPTED
    finally:
        if catches:
            signal.signal(signal.SIGINT, end)  # Python shuts down now, and would print a traceback


def interrupt(number: int, frame: FrameType | None) -> None:
    """Raise KeyboardInterrupt; during an import, end the process instead.

    An import may swallow the exception, turn it into another one, or leave half of a module behind. Nothing of ours
    needs cleaning up there.
    """
    while frame:
        if frame.f_code.co_filename.startswith("<frozen importlib._bootstrap"):
            end()
        frame = frame.f_back
    raise KeyboardInterrupt


def end_if_interrupted(unraisable: sys.UnraisableHookArgs) -> None:
    """End the process if Python is about to drop a KeyboardInterrupt, as in a callback from C or in `__del__`."""
    if issubclass(unraisable.exc_type, KeyboardInterrupt):
        end()
    sys.__unraisablehook__(unraisable)


def end(*_: object) -> None:
    """End the process at once, without printing anything."""
    os._exit(INTERRUPTED)


if __name__ == "__main__":
    raise SystemExit(main())
