"""The data of a page: the arrays of one image, how each was computed, and how it is laid out.

A page must stay small. Where a network has more numbers than `MAX_NUMBERS`, the largest layers show only their
first maps or units, half as many at a time, until the rest fits.
"""

from __future__ import annotations

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.gradients.page.model import Choice, Numbers, Page, Panel
from cnnbp_cli.gradients.page.writer import Writer
from cnnbp_cli.gradients.trace import Trace

__all__ = ["MAX_NUMBERS", "Choice", "Numbers", "Page", "Panel", "page_data"]

MAX_NUMBERS = 160_000
"""Numbers on a page; 8 bytes each, and 4/3 of that as text, make 1.7 MB."""


def page_data(trace: Trace, budget: int = MAX_NUMBERS) -> Page:
    """The page of a pass of one image, with at most `budget` numbers.

    Raises
    ------
    CnnbpError
        There are several images, or there are more numbers even if each layer shows one map or unit.
    """
    if trace.labels.size != 1:
        raise CnnbpError(
            f"the page shows one image, not {trace.labels.size}",
            hint="Choose the image with --index instead of --batch.",
        )
    limits: list[int] = []
    page = Writer(trace, limits).page()
    while page.size > budget:
        limits = [choice.shown for choice in page.choices]
        halved = [
            Writer(trace, [*limits[:n], (limit + 1) // 2, *limits[n + 1 :]]).page()
            for n, limit in enumerate(limits)
            if limit > 1
        ]
        if not halved:
            raise CnnbpError(
                f"this network is too large for a page: one map of each layer makes {page.size:,} numbers, "
                f"and a page holds {budget:,}",
                hint="Use smaller images, or inspect it without --html.",
            )
        page = min(halved, key=lambda smaller: smaller.size)
    return page
