"""Parallel coordinates: one axis per config key and one for the accuracy, one line per point."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cnnbp_cli.show.columns import short_names
from cnnbp_cli.show.numbers import mean_fraction
from cnnbp_cli.show.report.axis import Axis, linear
from cnnbp_cli.show.report.markup import Markup, element
from cnnbp_cli.show.report.run.curves import percent
from cnnbp_cli.show.report.sweep.scales import KeyScale
from cnnbp_cli.show.report.tooltip import shortened
from cnnbp_cli.sweeps.results import PointResult

WIDTH, HEIGHT = 900, 300
LEFT, RIGHT, TOP, BOTTOM = 70, 70, 34, 14

UPPER = 4
"""One point in so many, the best, is drawn in colour."""

LINES = 1000
"""Points that are drawn, the best ones."""

TITLE = 22
"""Characters of a key above its axis."""


@dataclass(frozen=True)
class _Upright:
    """A vertical axis: where it is, and where it has a value of a point."""

    x: float
    title: str
    axis: Axis
    scale: KeyScale | None

    def y(self, one: PointResult) -> float:
        position = self.scale.position(one.point.values[self.scale.key]) if self.scale else one.accuracy or 0.0
        return HEIGHT - BOTTOM - self.axis.position(position) * (HEIGHT - TOP - BOTTOM)

    def words(self, tick: float) -> str:
        return self.scale.words(tick) if self.scale else percent(tick)


def parallel_coordinates(ranking: Sequence[PointResult], scales: Sequence[KeyScale]) -> Markup:
    """The drawing. `ranking` has at least one point, best first."""
    uprights = list(_uprights(ranking, scales))
    shown = ranking[:LINES]
    lines = [_line(one, place, len(shown), uprights) for place, one in reversed(list(enumerate(shown)))]
    drawing = element(
        "svg",
        element("title", "Parallel coordinates", id="parallel-title"),
        element("desc", f"One line for each of {len(shown)} points; the best is highlighted.", id="parallel-desc"),
        element("g", (_axis(one) for one in uprights), class_="axes", aria_hidden="true"),
        lines,
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        role="img",
        aria_labelledby="parallel-title",
        aria_describedby="parallel-desc",
    )
    return element("figure", drawing, class_="parallel", tabindex=0, role="region", aria_label="Parallel coordinates")


def _uprights(ranking: Sequence[PointResult], scales: Sequence[KeyScale]) -> Iterator[_Upright]:
    names = short_names([one.key for one in scales])
    step = (WIDTH - LEFT - RIGHT) / max(len(scales), 1)
    for place, one in enumerate(scales):
        axis = one.axis([one.position(result.point.values[one.key]) for result in ranking])
        yield _Upright(LEFT + place * step, names[one.key], axis, one)
    yield _Upright(WIDTH - RIGHT, "validation accuracy", linear([one.accuracy or 0.0 for one in ranking]), None)


def _axis(one: _Upright) -> Iterator[Markup]:
    yield element("path", d=f"M{one.x:.1f} {TOP}V{HEIGHT - BOTTOM}")
    yield element(
        "text", shortened(one.title, TITLE), x=f"{one.x:.1f}", y=TOP - 16, text_anchor="middle", class_="title"
    )
    last = one.scale is None
    for tick in one.axis.ticks:
        y = HEIGHT - BOTTOM - one.axis.position(tick) * (HEIGHT - TOP - BOTTOM)
        x = one.x + (6 if last else -6)
        anchor = "start" if last else "end"
        yield element("text", one.words(tick), x=f"{x:.1f}", y=f"{y:.1f}", dy=".32em", text_anchor=anchor)


def _line(one: PointResult, place: int, count: int, uprights: Sequence[_Upright]) -> Markup:
    style = "point best" if place == 0 else "point upper" if place < count / UPPER else "point"
    path = "L".join(f"{upright.x:.1f} {upright.y(one):.1f}" for upright in uprights)
    words = f"point {one.point.number}: {one.point} → {mean_fraction(one.accuracy, one.spread)}"
    return element("g", element("title", words), element("path", d=f"M{path}"), class_=style)
