"""An error message: `error: where: what is wrong`, and below it what to do."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from cnnbp_cli.files.text import printable, printable_lines


def show_error(console: Console, problem: str, *, where: str | None = None, hint: str | None = None) -> None:
    """Print the error. Text from a user stays text: neither markup nor control codes take effect."""
    message = Text.assemble(("error:", "bold red"), " ")
    if where:
        message.append(f"{printable(where)}: ", style="bold")
    message.append(printable_lines(problem))
    if hint:
        message.append(f"\n{printable_lines(hint)}", style="dim")
    console.print(message, soft_wrap=True)
