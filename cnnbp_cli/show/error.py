"""An error, as a person sees it: `error: where: what`, and below it what to do."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from cnnbp_cli.files.text import printable as escaped
from cnnbp_cli.show.console import printable


def show_error(console: Console, problem: str, *, where: str | None = None, hint: str | None = None) -> None:
    """Print the error. Text that a user gave stays text: neither markup nor control codes act."""
    message = Text.assemble(("error:", "bold red"), " ")
    if where:
        message.append(f"{escaped(where)}: ", style="bold")
    message.append(printable(problem))
    if hint:
        message.append(f"\n{printable(hint)}", style="dim")
    console.print(message, soft_wrap=True)
