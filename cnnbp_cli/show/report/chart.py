"""Line charts over epochs, as SVG. Lines differ in colour and dashes, and every point has its value as a tooltip."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from cnnbp_cli.show.report.axis import Axis, counting, linear, logarithmic
from cnnbp_cli.show.report.markup import Markup, element

WIDTH, HEIGHT = 460, 250
LEFT, RIGHT, TOP, BOTTOM = 58, 16, 18, 34

LINES = 8
"""How many colours and dash patterns run.css has; further lines repeat them."""

POINTS = 120
"""A line with more points has no markers: they would overlap."""


@dataclass(frozen=True)
class Series:
    """One line: a value per epoch, NaN for a missing one."""

    name: str
    epochs: Sequence[int]
    values: Sequence[float]


@dataclass(frozen=True)
class Chart:
    """A chart.

    Attributes
    ----------
    key
        Unique on the page: prefix of the ids of the chart's elements.
    title
        What the chart shows.
    series
        At least one line.
    words, mark
        Format a value in its tooltip, and at the axis.
    sizes
        Whether the value axis is logarithmic.
    note
        Small print beside the title.
    best
        The epoch to mark as best.
    """

    key: str
    title: str
    series: Sequence[Series]
    words: Callable[[float], str]
    mark: Callable[[float], str] = "{:g}".format
    sizes: bool = False
    note: str = ""
    best: int | None = None

    def svg(self) -> Markup:
        """The chart with its title and legend, as a figure."""
        lines = [element("li", swatch(place), " ", one.name) for place, one in enumerate(self.series)]
        return element(
            "figure",
            element("figcaption", element("b", self.title), " ", element("small", self.note)),
            self._drawing(),
            element("ul", lines if len(lines) > 1 else (), class_="key"),
            class_="chart",
        )

    def _drawing(self) -> Markup:
        values = [value for one in self.series for value in one.values if value == value]
        across = counting([epoch for one in self.series for epoch in one.epochs])
        up = (logarithmic if self.sizes else linear)(values)
        title, description = f"{self.key}-title", f"{self.key}-desc"
        return element(
            "svg",
            element("title", self.title, id=title),
            element("desc", " ".join(self._described()), id=description),
            element("g", self._grid(across, up), class_="axes", aria_hidden="true"),
            [self._line(place, one, across, up) for place, one in enumerate(self.series)],
            viewBox=f"0 0 {WIDTH} {HEIGHT}",
            role="img",
            aria_labelledby=title,
            aria_describedby=description,
        )

    def _described(self) -> Iterator[str]:
        """A text description of the chart."""
        for one in self.series:
            seen = [(epoch, value) for epoch, value in zip(one.epochs, one.values, strict=True) if value == value]
            if not seen:
                yield f"{one.name}: no measurements."
                continue
            (first, start), (last, end) = seen[0], seen[-1]
            text = f"{one.name}: {self.words(start)} in epoch {first}"
            yield text + (f", {self.words(end)} in epoch {last}." if last > first else ".")
        if self.best is not None:
            yield f"The best epoch is {self.best}."

    def _grid(self, across: Axis, up: Axis) -> Iterator[Markup]:
        for tick in up.ticks:
            y = _y(up, tick)
            yield element("path", d=f"M{LEFT} {y}H{WIDTH - RIGHT}")
            yield element("text", self.mark(tick), x=LEFT - 6, y=y, dy=".32em", text_anchor="end")
        for tick in across.ticks:
            yield element("text", f"{tick:g}", x=_x(across, tick), y=HEIGHT - BOTTOM + 15, text_anchor="middle")
        middle = (LEFT + WIDTH - RIGHT) // 2
        yield element("text", "epoch", x=middle, y=HEIGHT - 3, text_anchor="middle")
        if self.best is not None:
            x = _x(across, self.best)
            anchor = "end" if across.position(self.best) > 0.5 else "start"
            yield element("text", "best epoch", x=x, y=TOP - 5, text_anchor=anchor)

    def _line(self, place: int, one: Series, across: Axis, up: Axis) -> Markup:
        drawn = [
            (_x(across, epoch), _y(up, value), epoch, value) if up.has(value) else None
            for epoch, value in zip(one.epochs, one.values, strict=True)
        ]
        path = "".join(
            "M" + "L".join(f"{x} {y}" for x, y, *_ in filter(None, run))
            for there, run in groupby(drawn, key=lambda point: point is not None)
            if there
        )
        name = f"{one.name}, " if len(self.series) > 1 else ""
        points = [
            element("circle", element("title", f"{name}epoch {epoch}: {self.words(value)}"), cx=x, cy=y, r=3)
            for x, y, epoch, value in filter(None, drawn)
        ]
        shown = points if len(points) <= POINTS else []
        return element("g", element("path", d=path) if path else "", shown, class_=_line_class(place))


def swatch(place: int) -> Markup:
    """A sample of the line of the n-th series, for legends."""
    sample = element("path", d="M1 5H35")
    return element(
        "svg",
        sample,
        class_=f"swatch {_line_class(place)}",
        viewBox="0 0 36 10",
        width=36,
        height=10,
        aria_hidden="true",
    )


def _line_class(place: int) -> str:
    return f"line line{place % LINES}"


def _x(axis: Axis, value: float) -> str:
    return f"{LEFT + axis.position(value) * (WIDTH - LEFT - RIGHT):.1f}"


def _y(axis: Axis, value: float) -> str:
    return f"{HEIGHT - BOTTOM - axis.position(value) * (HEIGHT - TOP - BOTTOM):.1f}"
