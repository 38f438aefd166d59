"""`cnnbp profile`: the time of each layer and pass in a training step."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from cnnbp_cli.files.text import plural, printable
from cnnbp_cli.show.columns import TableColumn, show_rows
from cnnbp_cli.show.documents.profile import CostDocument, ProfileDocument
from cnnbp_cli.training.profile import Cost, Profile

PASSES = ("forward", "backward")
MEASURES = {"ms": (9, 0), "GFLOP/s": (9, 2), "of peak": (9, 1)}
"""The columns of each pass: their width, and how soon they are left out on a narrow console."""


def show_profile(console: Console, profile: Profile, name: str) -> None:
    """Print one line per layer, and below the table the step as a whole."""
    rows = [_cells(part.name, part.does, profile, part.forward, part.backward) for part in profile.parts]
    total = _cells("total", "", profile, *map(profile.total, PASSES))
    sizes = f"batch size {profile.batch:,}, {plural(profile.threads, 'thread')}"
    console.print(Text(f"{printable(name)}, {sizes}\n"), soft_wrap=True)
    rows.append(total)
    show_rows(console, list(_columns(rows)), rows, ["" if cells is not total else "bold" for cells in rows])
    step = profile.step
    console.print(
        Text(
            f"\nA whole step takes {1e3 * step.seconds:.3f} ms: {profile.batch / step.seconds:,.0f} images/s, "
            f"{step.rate / 1e9:.1f} GFLOP/s. That is {step.rate / profile.peak:.1%} of the {profile.peak / 1e9:.0f} "
            f"GFLOP/s that a large matrix product reaches on this machine."
        ),
    )


def profile_document(profile: Profile, name: str) -> ProfileDocument:
    """The same for programs: seconds and floating-point operations of one batch."""
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
    for direction, cost in zip(PASSES, costs, strict=True):
        cells[f"{direction} ms"] = f"{1e3 * cost.seconds:.3f}" if cost else ""
        cells[f"{direction} GFLOP/s"] = f"{cost.rate / 1e9:.1f}" if cost and cost.flops else ""
        cells[f"{direction} of peak"] = f"{cost.rate / profile.peak:.1%}" if cost and cost.flops else ""
    return cells


def _columns(rows: list[dict[str, str]]) -> Iterator[TableColumn]:
    for key, rank in (("layer", 0), ("does", 3)):
        yield TableColumn(key, key, max(len(key), *(len(cells[key]) for cells in rows)), rank=rank, left=True)
    for direction in PASSES:
        for measure, (width, rank) in MEASURES.items():
            yield TableColumn(f"{direction} {measure}", f"{direction}\n{measure}", width, rank=rank)
