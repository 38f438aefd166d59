"""A network as a diagram: feature maps as stacked sheets, vectors as columns of units, one SVG.

Sides are to scale, so that pooling visibly halves them. Below every stack are the layers that made it, with their
windows and numbers of parameters. A small square on a stack, and lines to one point of the next, show what an output
sees.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log10

from cnnbp_cli.config import Config
from cnnbp_cli.config.limits import parameter_counts
from cnnbp_cli.layers.base import Layer
from cnnbp_cli.network import Network
from cnnbp_cli.numerics.arrays import Shape
from cnnbp_cli.show.report.markup import Markup, element
from cnnbp_cli.show.walk import shape_text

LARGEST = 110.0
"""Pixels: the longer side of the largest feature map."""

SMALLEST = 7.0
"""Pixels: no side of a map is drawn smaller."""

SHEETS = 10
"""The sheets of a stack that are drawn; the shape above it gives their number."""

STEP = 5.0
"""Pixels from one sheet of a stack to the next, across and up."""

UNITS = 16
"""Units of a vector that are drawn one by one; longer vectors are drawn as one bar."""

GAP, MARGIN, LINE = 30.0, 16.0, 15.0
"""Pixels between two stacks at least, around the drawing, and from one line of text to the next."""

LETTER = 6.6
"""Pixels per character of the text, about; there is no font to measure."""

STYLE = """\
.net text { font: 11px sans-serif; fill: #1d1f24; text-anchor: middle; }
.net .shape { font-weight: bold; }
.net .soft { fill: #5c6270; }
.net .sheet, .net .unit { fill: #ffffff; stroke: #1d1f24; stroke-width: 0.8; }
.net .seen { fill: #ef8f3f; fill-opacity: 0.6; stroke: #8f3300; stroke-width: 0.8; }
.net .ray { stroke: #8f3300; stroke-width: 0.6; stroke-opacity: 0.7; fill: none; }
.net .fan { fill: #5c6270; fill-opacity: 0.1; stroke: none; }
"""
"""Of a diagram that is a file of its own: dark on white, as on paper."""


@dataclass(frozen=True)
class Block:
    """One stack of feature maps, or one vector, and the layers that lead to it.

    Attributes
    ----------
    shape
        (C, H, W) or (n,).
    layers
        The name, the layer and the number of parameters of each; those after the first work in place.
    scale
        Pixels per row or column of a map.
    """

    shape: Shape
    layers: tuple[tuple[str, Layer, int], ...]
    scale: float

    @property
    def is_vector(self) -> bool:
        return len(self.shape) == 1

    @property
    def sheets(self) -> int:
        return 1 if self.is_vector else min(self.shape[0], SHEETS)

    @property
    def side(self) -> tuple[float, float]:
        """Width and height in pixels of one sheet, or of the vector."""
        if not self.is_vector:
            return max(self.shape[2] * self.scale, SMALLEST), max(self.shape[1] * self.scale, SMALLEST)
        if self.shape[0] <= UNITS:
            return 9.0, 11.0 * self.shape[0]
        return 9.0, min(60 + 55 * log10(self.shape[0] / UNITS), 190.0)

    @property
    def width(self) -> float:
        """Pixels of the drawing, without text."""
        return self.side[0] + STEP * (self.sheets - 1)

    @property
    def height(self) -> float:
        return self.side[1] + STEP * (self.sheets - 1)

    @property
    def window(self) -> tuple[int, int] | None:
        """What one output sees of the block before it."""
        return self.layers[0][1].window if self.layers else None

    def captions(self) -> Iterator[tuple[str, str]]:
        """The lines of text below, and the class of each."""
        if not self.layers:
            yield "image", ""
        for name, layer, parameters in self.layers:
            yield name, ""
            yield _what(layer), "soft"
            if parameters:
                yield f"{parameters:,} parameter{'' if parameters == 1 else 's'}", "soft"

    @property
    def column(self) -> float:
        """Pixels that the block and its text need."""
        texts = [shape_text(self.shape), *(text for text, _ in self.captions())]
        return max(self.width, LETTER * max(map(len, texts)))


def network_diagram(config: Config) -> Markup:
    """The drawing, an `svg` element without colours: pages have their own, and `diagram_file` adds STYLE."""
    return _drawing(config, ())


def diagram_file(config: Config) -> str:
    """The drawing as a file of its own."""
    style = element("style", Markup(STYLE))
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + _drawing(config, [style]) + "\n"


def blocks(config: Config) -> list[Block]:
    """What is drawn: the image, and a new block for every layer but those that change the numbers of a block in place,
    such as a batch normalisation."""
    network = Network(config.input, config.layers, config.loss)
    shapes, parameters = network.output_shapes(), parameter_counts(network)
    made: list[tuple[Shape, list[tuple[str, Layer, int]]]] = [(network.input_shape, [])]
    for name, layer in zip(network.names, network.layers, strict=True):
        in_place = shapes[name] == made[-1][0] and not layer.window and (layer.mixes or not parameters[name])
        if not in_place:
            made.append((shapes[name], []))
        made[-1][1].append((name, layer, parameters[name]))
    largest = max(side for shape, _ in made for side in shape[1:] or (1,))
    return [Block(shape, tuple(layers), LARGEST / largest) for shape, layers in made]


def _drawing(config: Config, before: Sequence[Markup]) -> Markup:
    drawn = blocks(config)
    top = MARGIN + LINE + max(block.height for block in drawn)
    middle = MARGIN + LINE + max(block.height for block in drawn) / 2
    height = top + LINE * (1 + max(sum(1 for _ in block.captions()) for block in drawn)) + MARGIN
    lefts, x = [], MARGIN
    for block in drawn:
        lefts.append(x + (block.column - block.width) / 2)
        x += block.column + GAP
    width = x - GAP + MARGIN
    places = [_Place(block, left, middle) for block, left in zip(drawn, lefts, strict=True)]
    described = ", ".join(f"{place.block.layers[0][0]} {shape_text(place.block.shape)}" for place in places[1:])
    return element(
        "svg",
        element("title", f"The network {config.name}"),
        element("desc", f"From the image, {shape_text(config.input)}, to the output: {described}."),
        before,
        [_between(*pair) for pair in pairwise(places)],
        [place.drawing() for place in places],
        [_link(*pair) for pair in pairwise(places)],
        [place.text(top) for place in places],
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width:.0f} {height:.0f}",
        width=f"{width:.0f}",
        height=f"{height:.0f}",
        role="img",
        class_="net",
    )


@dataclass(frozen=True)
class _Place:
    """A block at its place: `left` is its left edge, `middle` the height of its centre, in pixels from the corner."""

    block: Block
    left: float
    middle: float

    @property
    def front(self) -> tuple[float, float]:
        """The upper left corner of the front sheet, which is the lowest and leftmost."""
        return self.left, self.middle - self.block.height / 2 + STEP * (self.block.sheets - 1)

    def drawing(self) -> Markup:
        width, height = self.block.side
        x, y = self.front
        if self.block.is_vector and self.block.shape[0] <= UNITS:
            units = range(self.block.shape[0])
            return element("g", [_shape("circle", "unit", cx=x + 4.5, cy=y + 5.5 + 11 * unit, r=4) for unit in units])
        sheets = reversed(range(self.block.sheets))
        return element(
            "g",
            [
                _shape("rect", "sheet", x=x + STEP * sheet, y=y - STEP * sheet, width=width, height=height)
                for sheet in sheets
            ],
        )

    def text(self, top: float) -> Markup:
        centre = self.left + self.block.width / 2
        above = self.middle - self.block.height / 2 - 6
        lines = [_text(shape_text(self.block.shape), "shape", centre, above)]
        for place, (text, style) in enumerate(self.block.captions()):
            lines.append(_text(text, style, centre, top + LINE * (1 + place)))
        return element("g", lines)

    def spot(self, across: float, down: float, size: tuple[float, float]) -> tuple[float, float]:
        """The corner of a square of this size, placed at a share of the front sheet."""
        (width, height), (x, y) = self.block.side, self.front
        return x + across * max(width - size[0], 0), y + down * max(height - size[1], 0)


def _between(source: _Place, target: _Place) -> Markup:
    """The area that leads from all of one block to all of the next, where there is no window."""
    if target.block.window:
        return Markup("")
    (x, y), (u, v) = source.front, target.front
    x += source.block.side[0]
    low, below = y + source.block.side[1], v + target.block.side[1]
    return _shape("polygon", "fan", points=f"{x:.1f},{y:.1f} {u:.1f},{v:.1f} {u:.1f},{below:.1f} {x:.1f},{low:.1f}")


def _link(source: _Place, target: _Place) -> Markup:
    """The window on one stack, and the one number of the next that comes of it."""
    window = target.block.window
    if not window:
        return Markup("")
    size = (window[1] * source.block.scale, window[0] * source.block.scale)
    x, y = source.spot(0.62, 0.25, size)
    cell = max(target.block.scale, 2.0)
    u, v = target.spot(0.3, 0.25, (cell, cell))
    rays = [
        _shape("line", "ray", x1=x + size[0], y1=edge, x2=u + cell / 2, y2=v + cell / 2) for edge in (y, y + size[1])
    ]
    return element(
        "g",
        _shape("rect", "seen", x=x, y=y, width=size[0], height=size[1]),
        rays,
        _shape("rect", "seen", x=u, y=v, width=cell, height=cell),
    )


def _what(layer: Layer) -> str:
    """What the layer is, in a few words: `conv2d 5×5, relu`."""
    sides = f" {layer.window[0]}×{layer.window[1]}" if layer.window else ""
    function = layer.function
    named = f", {function.name}" if function and not layer.is_activation else ""
    return f"{layer.type}{sides}{named}"


def _text(text: str, style: str, x: float, y: float) -> Markup:
    return element("text", text, x=f"{x:.1f}", y=f"{y:.1f}", class_=style or None)


def _shape(tag: str, style: str, **numbers: float | str) -> Markup:
    return element(
        tag,
        class_=style,
        **{name: f"{value:.1f}" if isinstance(value, float) else str(value) for name, value in numbers.items()},
    )
