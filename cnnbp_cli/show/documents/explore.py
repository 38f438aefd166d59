"""The document of `cnnbp explore`."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict


class ExploreDocument(TypedDict):
    """`cnnbp explore`: a live page, served until Ctrl-C."""

    schema: Literal["cnnbp.explore/1"]
    address: str
    """Where the page is. Whoever has it can use the page."""
    port: int
    source: str
    """The config, checkpoint or run folder."""
    weights: list[str]
    """The weights that the page can start from; of a run, those of each save."""
