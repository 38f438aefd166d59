"""Help texts, which are the docstrings of the commands."""

from __future__ import annotations

import sys

import typer

from cnnbp_cli.docstrings import docstring


def restore_help(app: typer.Typer) -> None:
    """Give the commands of `app` their help texts if Python dropped the docstrings (`-OO`, `PYTHONOPTIMIZE=2`)."""
    if sys.flags.optimize < 2:
        return
    for command in app.registered_commands:
        command.help = docstring(command.callback)
    if app.registered_callback:
        app.registered_callback.help = docstring(app.registered_callback.callback)
    for group in app.registered_groups:
        if group.typer_instance:
            restore_help(group.typer_instance)
