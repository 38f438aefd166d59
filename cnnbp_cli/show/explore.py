"""`cnnbp explore`: where the page is."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from rich.console import Console
from rich.text import Text

from cnnbp_cli.show.documents.explore import ExploreDocument


def show_address(console: Console, address: str, what: str) -> None:
    """Print the address of a live page, and how it ends."""
    console.print(Text.assemble((address, "bold")), soft_wrap=True)
    console.print(f"The live page of {what}, for this computer alone. Ctrl-C ends it.", soft_wrap=True, markup=False)


def explore_document(address: str, source: str, weights: Sequence[str]) -> ExploreDocument:
    """The same for programs."""
    port = urlsplit(address).port
    assert port is not None
    return {
        "schema": "cnnbp.explore/1",
        "address": address,
        "port": port,
        "source": source,
        "weights": list(weights),
    }
