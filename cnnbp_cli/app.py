"""The command line: its commands, and how an error becomes a message and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Annotated, cast

import typer

from cnnbp_cli import __version__
from cnnbp_cli.commands import config, data, exercise
from cnnbp_cli.commands.check import check
from cnnbp_cli.commands.diagnose import diagnose
from cnnbp_cli.commands.evaluate import evaluate
from cnnbp_cli.commands.explore import explore
from cnnbp_cli.commands.export import export
from cnnbp_cli.commands.grade import grade
from cnnbp_cli.commands.health import health
from cnnbp_cli.commands.help import restore_help
from cnnbp_cli.commands.init import init
from cnnbp_cli.commands.inspect_gradients import inspect_gradients
from cnnbp_cli.commands.lr_range import lr_range
from cnnbp_cli.commands.options import help_alone
from cnnbp_cli.commands.predict import predict
from cnnbp_cli.commands.profile import profile
from cnnbp_cli.commands.report import report
from cnnbp_cli.commands.runs import runs
from cnnbp_cli.commands.sweep import sweep
from cnnbp_cli.commands.train import train
from cnnbp_cli.commands.usage import plain
from cnnbp_cli.errors import CnnbpError, ExitCode
from cnnbp_cli.show.characters import substitute
from cnnbp_cli.show.streams import discard

# The module of a command imports nothing heavy, so that --help takes no longer than Typer does. What a command needs,
# it imports when it runs.
app = typer.Typer(
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(init)
app.command()(train)
app.command()(lr_range)
app.command()(sweep)
app.command()(runs)
app.command()(evaluate)
app.command()(predict)
app.command()(health)
app.command()(report)
app.command()(inspect_gradients)
app.command()(explore)
app.add_typer(exercise.app)
app.command()(diagnose)
app.command()(check)
app.command()(grade)
app.command()(profile)
app.command()(export)
app.add_typer(config.app)
app.add_typer(data.app)

UsageError = cast("type[typer.BadParameter]", typer.BadParameter.__base__)
"""Click's. Depending on its version, Typer imports or includes Click; only a subclass has a public name."""


def _version(requested: bool) -> None:
    if requested:
        print(f"cnnbp {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def cnnbp(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """See, check and explore back-propagation in small convolutional networks."""
    help_alone(context)


def run(args: Sequence[str] | None = None) -> int:
    """Run the command line with `args`, or with the process's own arguments; return the exit code.

    A user's mistake becomes a message on stderr. Any other exception is a bug and keeps its traceback.
    """
    substitute(sys.stdout)
    substitute(sys.stderr)
    restore_help(app)
    try:
        code = app(args, prog_name="cnnbp", standalone_mode=False)
        _flush()
    except UsageError as error:
        hint = f"See {error.ctx.command_path} --help." if error.ctx else None
        return _failed(plain(error.format_message()), hint=hint)
    except CnnbpError as error:
        return _failed(error.problem, where=error.where, hint=error.hint, code=error.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        return _reader_gone()
    except SystemExit as stop:  # Typer's answer to a broken pipe
        if not isinstance(stop.__context__, BrokenPipeError):
            raise
        return _reader_gone()
    except MemoryError as error:
        return _failed(
            f"not enough memory{f': {error}' if str(error) else ''}",
            hint=_memory_hint(sys.argv[1:] if args is None else args),
        )
    except RuntimeError as error:  # of pathlib, where a user is unknown to the system and HOME is not set
        if "home directory" not in str(error):
            raise
        return _failed("you have no home folder", hint="Set HOME to a folder.")
    except OSError as error:
        return _failed(error.strerror or str(error), where=os.fsdecode(error.filename) if error.filename else None)
    return code or ExitCode.OK


def _memory_hint(args: Sequence[str]) -> str:
    """What takes less memory, by the options that the command has."""
    command = typer.main.get_command(app)
    for name in args:
        command = getattr(command, "commands", {}).get(name, command)
    options = {option for parameter in command.params for option in parameter.opts}
    ways = {"--batch": "Use fewer images (--batch N)", "--set": "Use a smaller batch (--set train.batch_size=N)"}
    return next((f"{way}, or free" for option, way in ways.items() if option in options), "Free") + " some memory."


def _failed(
    problem: str, *, where: str | None = None, hint: str | None = None, code: ExitCode = ExitCode.USAGE
) -> ExitCode:
    from cnnbp_cli.show.console import Consoles
    from cnnbp_cli.show.error import show_error

    with suppress(OSError):  # stderr cannot be written; the exit code remains
        show_error(Consoles.of_process().err, problem, where=where, hint=hint)
    return code


def _reader_gone() -> ExitCode:
    discard(sys.stdout)
    return ExitCode.PIPE


def _flush() -> None:
    """Flush stdout. If that fails, discard its buffer, or Python would fail on it again at exit."""
    try:
        if sys.stdout:
            sys.stdout.flush()
    except OSError:
        discard(sys.stdout)
        raise
