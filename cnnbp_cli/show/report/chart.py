"""Line charts over epochs, or another quantity, as SVG.

Lines differ in colour and dashes; hovering over an epoch shows its values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from cnnbp_cli.show.report.axis import Axis, counting, linear, logarithmic
from cnnbp_cli.show.report.markup import Markup, element
from cnnbp_cli.show.report.tooltip import shortened, tooltips

WIDTH, HEIGHT = 330, 200
"""In units of the drawing. The page never draws it smaller, so that text of 11 units has at least 11 pixels."""

LEFT, RIGHT, TOP, BOTTOM = 50, 12, 20, 34

LINES = 8
"""How many colours and dash patterns run.css has; further lines repeat them."""

POINTS = 60
"""A line with more points has no markers: they would overlap."""


NAME = 16
"""Characters of a line's name in a tooltip, which also holds its value."""


@dataclass(frozen=True)
class Series:
    """One line.

    Attributes
    ----------
    name
        What the legend says.
    epochs, values
        A value per epoch, or whatever the horizontal axis shows; NaN for a missing one.
    spread
        The values lie within ± this: drawn as a band. Empty for no band.
    style
        Colour and dashes; a line has the same in every chart.
    joined
        Whether a line joins the points. Without one, the spread is drawn as a bar at each point.
    """

    name: str
    epochs: Sequence[float]
    values: Sequence[float]
    spread: Sequence[float] = ()
    style: int = 0
    joined: bool = True

    def ends(self) -> Iterator[float]:
        """All that the axis must hold."""
        yield from self.values
        for value, spread in zip(self.values, self.spread, strict=bool(self.spread)):
            yield from (value - spread, value + spread)


@dataclass(frozen=True)
class Across:
    """The horizontal axis.

    Attributes
    ----------
    noun
        What it shows.
    axis
        Makes the axis for its values.
    words
        Formats one of them.
    """

    noun: str = "epoch"
    axis: Callable[[Sequence[float]], Axis] = counting
    words: Callable[[float], str] = "{:g}".format


EPOCHS = Across()


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
    across
        The horizontal axis.
    """

    key: str
    title: str
    series: Sequence[Series]
    words: Callable[[float], str]
    mark: Callable[[float], str] = "{:g}".format
    sizes: bool = False
    note: str = ""
    best: float | None = None
    across: Across = EPOCHS

    def svg(self) -> Markup:
        """The chart with its title and legend, as a figure."""
        lines = [element("li", swatch(one.style), " ", one.name) for one in self.series]
        across = self.across.axis([epoch for one in self.series for epoch in one.epochs])
        up = (logarithmic if self.sizes else linear)([end for one in self.series for end in one.ends() if end == end])
        note = " ".join(filter(None, (self.note, self._omitted(across, up))))
        return element(
            "figure",
            element("figcaption", element("b", self.title), " ", element("small", note)),
            self._drawing(across, up),
            element("ul", lines if len(lines) > 1 else (), class_="key"),
            class_="chart",
        )

    def _drawing(self, across: Axis, up: Axis) -> Markup:
        title, description = f"{self.key}-title", f"{self.key}-desc"
        return element(
            "svg",
            element("title", self.title, id=title),
            element("desc", " ".join(self._described()), id=description),
            element("g", self._grid(across, up), class_="axes", aria_hidden="true"),
            [_line(one, across, up) for one in self.series],
            element("g", self._tooltips(across), aria_hidden="true"),
            viewBox=f"0 0 {WIDTH} {HEIGHT}",
            role="img",
            aria_labelledby=title,
            aria_describedby=description,
        )

    def _omitted(self, across: Axis, up: Axis) -> str:
        """How many values the axes cannot hold."""
        count = sum(
            value == value and not (across.has(epoch) and up.has(value))
            for one in self.series
            for epoch, value in zip(one.epochs, one.values, strict=True)
        )
        if not count:
            return ""
        why = "0 or too large for a log scale" if self.sizes else "too large"
        return f"{count} value{'' if count == 1 else 's'} not drawn: {why}."

    def _described(self) -> Iterator[str]:
        """A text description of the chart."""
        yield f"{'Logarithmic' if self.sizes else 'Linear'} scale."
        for one in self.series:
            seen = [(epoch, value) for epoch, value in zip(one.epochs, one.values, strict=True) if value == value]
            if not seen:
                yield f"{one.name}: no measurements."
                continue
            (first, start), (last, end) = seen[0], seen[-1]
            text = f"{one.name}: {self.words(start)} {self._at(first)}"
            yield text + (f", {self.words(end)} {self._at(last)}." if last > first else ".")
        if self.best is not None:
            yield f"The best {self.across.noun} is {self.across.words(self.best)}."

    def _at(self, epoch: float) -> str:
        return f"{'in' if self.across is EPOCHS else 'at'} {self.across.noun} {self.across.words(epoch)}"

    def _grid(self, across: Axis, up: Axis) -> Iterator[Markup]:
        for tick in up.ticks:
            y = _y(up, tick)
            yield element("path", d=f"M{LEFT} {y:.1f}H{WIDTH - RIGHT}")
            yield element("text", self.mark(tick), x=LEFT - 5, y=f"{y:.1f}", dy=".32em", text_anchor="end")
        for tick in across.ticks:
            x = f"{_x(across, tick):.1f}"
            yield element("text", self.across.words(tick), x=x, y=HEIGHT - BOTTOM + 14, text_anchor="middle")
        yield element("text", "log scale" if self.sizes else "linear scale", x=0, y=HEIGHT - 4)
        yield element("text", self.across.noun, x=(LEFT + WIDTH - RIGHT) // 2, y=HEIGHT - 4, text_anchor="middle")
        if self.best is not None and across.has(self.best):
            x = f"{_x(across, self.best):.1f}"
            anchor = "end" if across.position(self.best) > 0.5 else "start"
            yield element("path", d=f"M{x} {TOP}V{HEIGHT - BOTTOM}", class_="best")
            yield element("text", f"best {self.across.noun}", x=x, y=TOP - 7, text_anchor=anchor)

    def _tooltips(self, across: Axis) -> Iterator[Markup]:
        """The values of each epoch, shown while the pointer is over it."""
        by_epoch: dict[float, list[str]] = {}
        for one in self.series:
            name = f"{shortened(one.name, NAME)}  " if len(self.series) > 1 else ""
            for place, (epoch, value) in enumerate(zip(one.epochs, one.values, strict=True)):
                if across.has(epoch) and value == value:
                    spread = f" ± {self.words(one.spread[place])}" if one.spread else ""
                    by_epoch.setdefault(epoch, []).append(f"{name}{self.words(value)}{spread}")
        points = [
            (_x(across, epoch), [f"{self.across.noun} {self.across.words(epoch)}", *by_epoch[epoch]])
            for epoch in sorted(by_epoch)
        ]
        return tooltips(points, left=LEFT, right=WIDTH - RIGHT, top=TOP, bottom=HEIGHT - BOTTOM)


def _line(one: Series, across: Axis, up: Axis) -> Markup:
    drawn = [
        (_x(across, epoch), _y(up, value)) if across.has(epoch) and up.has(value) else None
        for epoch, value in zip(one.epochs, one.values, strict=True)
    ]
    path = "".join(
        "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in filter(None, run))
        for there, run in groupby(drawn, key=lambda point: point is not None)
        if there
    )
    points = [element("circle", cx=f"{x:.1f}", cy=f"{y:.1f}", r=3) for x, y in filter(None, drawn)]
    shown = points if len(points) <= POINTS or not one.joined else []
    line = element("path", d=path) if path and one.joined else ""
    return element("g", _band(one, across, up), line, shown, class_=_line_class(one.style))


def _band(one: Series, across: Axis, up: Axis) -> str:
    """The area of ± `spread` around a line, or a bar of that length at each point."""
    if not one.spread:
        return ""
    around = [
        (_x(across, epoch), *(_y(up, min(max(end, up.low), up.high)) for end in (value - spread, value + spread)))
        for epoch, value, spread in zip(one.epochs, one.values, one.spread, strict=True)
        if across.has(epoch) and up.has(value) and spread == spread
    ]
    if not around:
        return ""
    if not one.joined:
        return element("path", d="".join(f"M{x:.1f} {low:.1f}V{high:.1f}" for x, low, high in around))
    edge = [(x, low) for x, low, _ in around] + [(x, high) for x, _, high in reversed(around)]
    return element("path", d="M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in edge) + "Z", class_="band")


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


def _x(axis: Axis, value: float) -> float:
    return LEFT + axis.position(value) * (WIDTH - LEFT - RIGHT)


def _y(axis: Axis, value: float) -> float:
    return HEIGHT - BOTTOM - axis.position(value) * (HEIGHT - TOP - BOTTOM)
