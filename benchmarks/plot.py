"""A plot of the sweeps, as SVG.

Written directly, without a plotting library: it needs no dependency, is small and readable in a diff, and its style
sheet follows the reader's dark or light setting. The two lines differ in colour, dashes and the shape of their marks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from math import floor, log10
from typing import Any

STYLE = """
  svg { --background: #ffffff; --foreground: #1f2328; --grid: #d8dee4; --cnnbp: #0a58ad; --pytorch: #b14a00 }
  @media (prefers-color-scheme: dark) {
    svg { --background: #14181e; --foreground: #e6edf3; --grid: #343b44; --cnnbp: #74b6ff; --pytorch: #ffa359 }
  }
  .background { fill: var(--background) }
  text { fill: var(--foreground); font: 12px system-ui, "Segoe UI", "DejaVu Sans", sans-serif;
    paint-order: stroke; stroke: var(--background); stroke-width: 4px; stroke-linejoin: round }
  .title { font-weight: 600; font-size: 13px }
  .grid { stroke: var(--grid); stroke-width: 1 }
  .line { fill: none; stroke-width: 2 }
  .cnnbp .line { stroke: var(--cnnbp) } .cnnbp .mark, .cnnbp text { fill: var(--cnnbp) }
  .pytorch .line { stroke: var(--pytorch); stroke-dasharray: 6 3 }
  .pytorch .mark, .pytorch text { fill: var(--pytorch) }
"""

HEADING = "Training speed, images per second; labels: speed of cnnbp relative to PyTorch"

WIDTH, HEIGHT = 430, 300
"""The size of one panel; the plot is inside the margins."""
LEFT, RIGHT, TOP, BOTTOM = 58, 62, 48, 46

NAMES = {"cnnbp": "cnnbp", "pytorch": "PyTorch"}
MARKS = {
    "cnnbp": '<circle class="mark" cx="{x:.1f}" cy="{y:.1f}" r="4"/>',
    "pytorch": '<path class="mark" d="M{x:.1f} {y:.1f}m-4 -4h8v8h-8z"/>',
}


def draw(result: Mapping[str, Sequence[Mapping[str, Any]]], titles: Mapping[str, str]) -> str:
    """The panels of all axes, two per row: images per second against the axis, both on logarithmic scales."""
    rows = -(-len(result) // 2)
    size = f"{2 * WIDTH} {rows * HEIGHT + 30}"
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" role="img" aria-labelledby="title">',
        '<title id="title">Training speed in images per second, cnnbp and PyTorch, against '
        f"{escape(', '.join(titles[axis] for axis in result))}</title>",
        f"<style>{STYLE}</style>",
        '<rect class="background" width="100%" height="100%" rx="8"/>',
        f'<text class="title" x="16" y="24">{HEADING}</text>',
    ]
    for number, (axis, points) in enumerate(result.items()):
        lines.append(f'<g transform="translate({number % 2 * WIDTH} {30 + number // 2 * HEIGHT})">')
        lines += _panel(points, titles[axis])
        lines.append("</g>")
    return "\n".join([*lines, "</svg>", ""])


def _panel(points: Sequence[Mapping[str, Any]], title: str) -> Iterator[str]:
    rates = {name: [point["images_per_second"][name] for point in points] for name in NAMES}
    low, high = (f(f(line) for line in rates.values()) for f in (min, max))
    x = _scale([point["at"] for point in points], LEFT + 14, WIDTH - RIGHT - 14)
    y = _scale([low / 1.15, high * 1.25], HEIGHT - BOTTOM, TOP)
    for tick in _ticks(low / 1.15, high * 1.25):
        yield f'<path class="grid" d="M{LEFT} {y(tick):.1f}H{WIDTH - RIGHT}"/>'
        yield f'<text x="{LEFT - 8}" y="{y(tick) + 4:.1f}" text-anchor="end">{_short(tick)}</text>'
    for point in points:
        yield f'<text x="{x(point["at"]):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{point["at"]}</text>'
    middle = (LEFT + WIDTH - RIGHT) / 2
    yield f'<text class="title" x="{middle}" y="{HEIGHT - 8}" text-anchor="middle">{escape(title)}</text>'
    places = {name: [(x(point["at"]), y(point["images_per_second"][name])) for point in points] for name in NAMES}
    for name, along in places.items():
        yield f'<g class="{name}"><path class="line" d="M{"L".join(f"{px:.1f} {py:.1f}" for px, py in along)}"/>'
        yield from (MARKS[name].format(x=px, y=py) for px, py in along)
        yield "</g>"
    yield '<g class="cnnbp">'
    for (px, py), point in zip(places["cnnbp"], points, strict=True):
        yield f'<text x="{px:.1f}" y="{py - 10:.1f}" text-anchor="middle">{point["ratio"]["median"]:.1f}×</text>'
    yield "</g>"
    ends = sorted((along[-1][1], name) for name, along in places.items())
    push = max(0.0, 14 - (ends[1][0] - ends[0][0])) / 2
    for (py, name), shift in zip(ends, (-push, push), strict=True):
        label = f'x="{places[name][-1][0] + 10:.1f}" y="{py + 4 + shift:.1f}"'
        yield f'<g class="{name}"><text {label}>{NAMES[name]}</text></g>'


def _scale(values: Sequence[float], start: float, end: float) -> Any:
    """A logarithmic scale from the smallest to the largest value; a single value is in the middle."""
    low, high = log10(min(values)), log10(max(values))
    return lambda v: start + (end - start) * ((log10(v) - low) / (high - low) if high > low else 0.5)


def _ticks(low: float, high: float) -> list[float]:
    """1, 2, 5, 10, 20, … between the two."""
    return [
        digit * 10.0**power
        for power in range(floor(log10(low)), floor(log10(high)) + 1)
        for digit in (1, 2, 5)
        if low <= digit * 10.0**power <= high
    ]


def _short(value: float) -> str:
    return f"{value / 1000:g}k" if value >= 1000 else f"{value:g}"
