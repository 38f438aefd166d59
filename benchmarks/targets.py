"""The targets set before anything was measured, and whether they were reached: one table from several benchmarks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from benchmarks.cli import table

Results: TypeAlias = Mapping[str, Any]
"""The results of each benchmark, by its name."""

BENCHMARKS = ("vs_pytorch", "evaluation", "roofline", "startup")
"""The benchmarks that the table is built from."""


@dataclass(frozen=True)
class Target:
    """One target.

    Attributes
    ----------
    least, wanted
        The target, and the stretch target.
    reached
        Finds the measured value in the results.
    unit
        The format of a value.
    fewer
        Whether smaller is better.
    """

    work: str
    least: float
    wanted: float | None
    reached: Callable[[Results], float]
    unit: str = "{:.2f}×"
    fewer: bool = False

    def row(self, results: Results) -> Sequence[str]:
        """The target's row of the table."""
        reached = self.reached(results)
        met = reached <= self.least if self.fewer else reached >= self.least
        least = f"{'at most' if self.fewer else 'at least'} {self.unit.format(self.least)}"
        wanted = self.unit.format(self.wanted) if self.wanted else "–"
        return [self.work, least, wanted, self.unit.format(reached), "yes" if met else "no"]


def _compared(benchmark: str, name: str, batch: int | None = None) -> Callable[[Results], Any]:
    def find(results: Results) -> Any:
        return next(one for one in results[benchmark] if one["name"] == name and batch in (None, one["batch"]))

    return find


def _ratio(benchmark: str, name: str, batch: int | None = None) -> Callable[[Results], float]:
    find = _compared(benchmark, name, batch)
    return lambda results: find(results)["ratio"]["median"]


def _memory(results: Results) -> float:
    peaks = _compared("vs_pytorch", "seed", 64)(results)["peak_bytes"]
    return float(peaks["cnnbp"] / peaks["pytorch"])


TARGETS = (
    Target("train seed, batch 64, against PyTorch", 2.4, 3, _ratio("vs_pytorch", "seed", 64)),
    Target("train seed_softmax, batch 64", 2.4, 3, _ratio("vs_pytorch", "seed_softmax", 64)),
    Target("train lenet5, batch 64", 1.5, 2.2, _ratio("vs_pytorch", "lenet5")),
    Target("train wide, batch 64", 1.4, 2, _ratio("vs_pytorch", "wide")),
    Target("train fast99, batch 128", 1.5, 2, _ratio("vs_pytorch", "fast99")),
    Target("train best, batch 128, not augmented", 1.2, 1.6, _ratio("vs_pytorch", "best")),
    Target("evaluate seed", 2.5, 4, _ratio("evaluation", "seed")),
    Target("evaluate lenet5", 1.8, 3, _ratio("evaluation", "lenet5")),
    Target("evaluate wide", 1.3, 1.8, _ratio("evaluation", "wide")),
    Target("peak memory, train seed, relative to PyTorch", 0.4, 0.25, _memory, "{:.2f}", fewer=True),
    Target(
        "share of the roofline, train seed",
        0.1,
        0.2,
        lambda results: float(_compared("roofline", "seed")(results)["share"]["median"]),
        "{:.0%}",
    ),
    Target(
        "`cnnbp --help`, relative to a minimal Typer app",
        1.5,
        None,
        lambda results: float(results["startup"]["ratio"]["median"]),
        fewer=True,
    ),
    Target(
        "cold start of `cnnbp train` to its first step",
        0.8,
        0.5,
        lambda results: float(results["startup"]["train"]["median"]),
        "{:.2f} s",
        fewer=True,
    ),
)


def tables(results: Results) -> Iterator[str]:
    """One row per target."""
    titles = ["work", "target", "stretch", "reached (median)", "met"]
    yield "\n".join(table(titles, [target.row(results) for target in TARGETS]))
