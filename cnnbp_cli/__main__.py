"""`cnnbp`, and `python -m cnnbp_cli`."""

from __future__ import annotations

from cnnbp_cli.errors import ExitCode


def main() -> int:
    """Run the command line; returns the exit code."""
    try:
        from cnnbp_cli.app import run
    except KeyboardInterrupt:  # Python was still reading the program
        return ExitCode.INTERRUPTED
    return run()


if __name__ == "__main__":
    raise SystemExit(main())
