"""Where the time of a training step goes: a table for people, a document for programs."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from cnnbp_cli.show.columns import TableColumn, show_rows
from cnnbp_cli.show.console import printable
from cnnbp_cli.show.documents.profile import CostDocument, ProfileDocument
from cnnbp_cli.training.profile import Cost, Profile

WAYS = ("forward", "backward")
MEASURES = {"ms": (9, 0), "GFLOP/s": (9, 2), "of peak": (9, 1)}
"""The columns of each way: their width, and how soon they are given up."""


def show_profile(console: Console, profile: Profile, name: str) -> None:
    """Print the table, and below it the step as a whole."""
    rows = [_cells(part.name, part.does, profile, part.forward, part.backward) for part in profile.parts]
    total = _cells("total", "", profile, *map(profile.total, WAYS))
    threads = "1 thread" if profile.threads == 1 else f"{profile.threads} threads"
    console.print(Text(f"{printable(name)}, batches of {profile.batch:,} images, {threads}\n"), soft_wrap=True)
    rows.append(total)
    show_rows(console, list(_columns(rows)), rows, ["" if cells is not total else "bold" for cells in rows])
    step = profile.step
    console.print(
        Text(
            f"\nA step as a whole takes {1e3 * step.seconds:.3f} ms: {profile.batch / step.seconds:,.0f} images a "
            f"second, {step.rate / 1e9:.1f} of the {profile.peak / 1e9:.0f} GFLOP/s that a large matrix product "
            f"reaches here ({step.rate / profile.peak:.1%})."
        ),
    )


def profile_document(profile: Profile, name: str) -> ProfileDocument:
    """The same as a JSON document: seconds, and floating-point operations, of one batch."""
    return {
        "schema": "cnnbp.profile/1",
        "name": name,
        "batch": profile.batch,
        "threads": profile.threads,
        "parts": [
            {
                "name": part.name,
                "does": part.does,
                "forward": _cost(part.forward) if part.forward else None,
                "backward": _cost(part.backward) if part.backward else None,
            }
            for part in profile.parts
        ],
        "step": _cost(profile.step),
        "peak": profile.peak,
    }


def _cost(cost: Cost) -> CostDocument:
    return {"seconds": cost.seconds, "flops": cost.flops}


def _cells(name: str, does: str, profile: Profile, *costs: Cost | None) -> dict[str, str]:
    cells = {"layer": printable(name), "does": does}
    for way, cost in zip(WAYS, costs, strict=True):
        cells[f"{way} ms"] = f"{1e3 * cost.seconds:.3f}" if cost else ""
        cells[f"{way} GFLOP/s"] = f"{cost.rate / 1e9:.1f}" if cost and cost.flops else ""
        cells[f"{way} of peak"] = f"{cost.rate / profile.peak:.1%}" if cost and cost.flops else ""
    return cells


def _columns(rows: list[dict[str, str]]) -> Iterator[TableColumn]:
    for key, rank in (("layer", 0), ("does", 3)):
        yield TableColumn(key, key, max(len(key), *(len(cells[key]) for cells in rows)), rank=rank, left=True)
    for way in WAYS:
        for measure, (width, rank) in MEASURES.items():
            yield TableColumn(f"{way} {measure}", f"{way}\n{measure}", width, rank=rank)
