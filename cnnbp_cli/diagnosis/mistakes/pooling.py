"""Families 8 and 9: how pooling distributes δ, and which cell gets it where cells are tied."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cnnbp_cli.diagnosis.mistakes.base import Made, Site, mistake
from cnnbp_cli.diagnosis.ties import rule_of, shares
from cnnbp_cli.layers.pooling import Pool2D
from cnnbp_cli.numerics.arrays import Array

MAX = "∂C/∂x[maximum of window (i,j)] += δ[i,j]; the other cells get 0"
ALL_MAX = ("max_pool2d.grad_input", "global_max_pool2d.grad_input")
"""The steps that send δ to a maximum; the window of a global pooling is the map."""

AVERAGE = "∂C/∂x[every cell of window (i,j)] += δ[i,j] / M"


def pool(site: Site) -> Pool2D:
    """The pooling layer of a site."""
    assert isinstance(site.layer, Pool2D)
    return site.layer


def cells(site: Site) -> Array:
    """Each cell of all windows, row by row: (M, C, Ho, Wo, N); of a global pooling (M, C, N)."""
    return np.stack(site.layer.cells(site.x))


def collected(site: Site, parts: Sequence[Array] | Array) -> Array:
    """The delta of the input where cell k of each window gets `parts[k]`; overlapping cells accumulate."""
    dx = np.zeros_like(site.x)
    for cell, part in zip(site.layer.cells(dx), parts, strict=True):
        cell += part
    return dx


def to_cell(site: Site, index: Array) -> Array:
    """The delta of the input where the cell with this index (broadcast over the windows) gets all of δ."""
    return collected(site, [site.source * (index == k) for k in range(len(cells(site)))])


def portions(site: Site, cells: Array) -> Array:
    """The part of δ that each of the cells (M, …) of max pooling gets, by the tie rule of the submission."""
    return shares(cells, rule_of(site.layer))


@mistake(
    8,
    *ALL_MAX,
    title="δ given to every cell of the window",
    wrong="Only the maximum was passed on, so a small change of any other cell changes nothing: its delta is 0.",
    right=MAX,
    fix="Save the position of the maximum in the forward pass, and give δ to that cell alone.",
)
def max_to_all(site: Site) -> Made:
    return collected(site, [site.source] * len(cells(site)))


@mistake(
    8,
    *ALL_MAX,
    "avg_pool2d.grad_input",
    title="δ given to the {} cell of each window, wherever the maximum is",
    wrong="The upsampling always puts δ at the same place in the window.",
    right=f"max: {MAX};   average: {AVERAGE}",
    fix="Max pooling: give δ to the cell with the maximum. Average pooling: give δ/M to each cell.",
)
def pool_to_one_place(site: Site) -> dict[str, Made | None]:
    last = len(cells(site)) - 1
    return {"first": to_cell(site, np.array(0)), "last": to_cell(site, np.array(last))}


@mistake(
    8,
    *ALL_MAX,
    title="δ given to the {} of the window",
    wrong="The saved position is not that of the maximum.",
    right=MAX,
    fix="Take the argmax of the same window, in the same order of rows and columns, as the forward pass.",
)
def max_to_another_cell(site: Site) -> dict[str, Made | None]:
    rows, columns = site.layer.window or site.x.shape[1:3]
    all_cells = cells(site)
    made: dict[str, Made | None] = {"smallest cell": collected(site, site.source * portions(site, -all_cells))}
    if rows > 1 and columns > 1:
        parts, index = portions(site, all_cells), np.arange(rows * columns)
        swapped = np.zeros_like(parts)
        swapped[index % rows * columns + index // rows] = parts
        made["maximum with its row and column swapped"] = collected(site, site.source * swapped)
    return made


@mistake(
    8,
    "max_pool2d.grad_input",
    title="δ given to the maximum of the whole map, not of each window: {}",
    wrong="The argmax was taken over the whole map, so every window sends its δ to the same cell.",
    right=MAX,
    fix="Take the argmax of each window, and add the window's corner (i·s, j·s) to the position that it gives.",
)
def max_of_the_whole_map(site: Site) -> dict[str, Made | None] | None:
    maps, rows, columns, count = site.source.shape
    if rows * columns == 1:
        return None
    winner = site.x.reshape(maps, -1, count).argmax(axis=1)
    whole = np.arange(site.x.shape[1] * site.x.shape[2])[:, None] == winner[:, None]
    return {
        "added up over the windows": (whole * site.source.sum(axis=(1, 2))[:, None]).reshape(site.x.shape),
        "that of the last window": (whole * site.source[:, -1:, -1]).reshape(site.x.shape),
    }


@mistake(
    8,
    "avg_pool2d.grad_input",
    title="δ given to the largest cell, as in max pooling",
    wrong="An average depends equally on every cell of its window.",
    right=AVERAGE,
    fix="Give each of the M cells δ/M.",
)
def average_as_max(site: Site) -> Made:
    return to_cell(site, cells(site).argmax(axis=0))


@mistake(
    11,
    *ALL_MAX,
    title="δ given to the maxima of the {}, for all of them",
    wrong="Every map of every sample has its own maxima.",
    right=MAX,
    fix="Save the positions of the maxima with all four indices: sample, map, row, column.",
)
def maxima_of_another(site: Site) -> dict[str, Made | None]:
    parts = portions(site, cells(site))
    return {
        "first map": collected(site, site.source * parts[:, :1]),
        "last map": collected(site, site.source * parts[:, -1:]),
        "first sample": collected(site, site.source * parts[..., :1]),
        "last sample": collected(site, site.source * parts[..., -1:]),
    }


@mistake(
    9,
    *ALL_MAX,
    title="the right one, with another choice where cells are tied: {}",
    wrong="Where cells are equal the maximum has no derivative, and every choice among them is equally valid.",
    right=f"{MAX}; of equal cells, this exercise takes the first, row by row",
    fix="Nothing to fix. To agree to the last digit, take the first of equal cells.",
    convention=True,
)
def tie(site: Site) -> dict[str, Made | None]:
    all_cells = cells(site)
    tied = all_cells == all_cells.max(axis=0)
    last = len(all_cells) - 1 - tied[::-1].argmax(axis=0)
    return {
        "δ goes to the last of them": to_cell(site, last),
        "δ goes to each of them": collected(site, site.source * tied),
        "δ is shared among them": collected(site, site.source * tied / tied.sum(axis=0)),
    }
