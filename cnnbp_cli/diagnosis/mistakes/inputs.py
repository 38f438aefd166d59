"""Family 19: an input of the first layer other than that of the forward pass."""

from __future__ import annotations

import numpy as np

from cnnbp_cli.diagnosis.mistakes.base import Line, Made, Site, mistake
from cnnbp_cli.diagnosis.mistakes.plain import gradient

FIRST = ("conv2d.grad_weight",)
RIGHT = "∂C/∂w = Σ_n δ_n · x_n with the x of the forward pass"
FIX = "Normalise the images once, before the forward pass, and use the same array in the backward pass."


@mistake(
    19,
    *FIRST,
    title="the gradient with a number added to every pixel",
    wrong="The forward pass saw other pixels than the gradient: a mean was subtracted, or the range was moved.",
    right=RIGHT,
    fix=FIX,
    amount="{} added",
)
def input_shifted(site: Site) -> Made | None:
    if site.below is not None:
        return None
    return Line(site.right, gradient(site, site.source, np.ones_like(site.x)))


@mistake(
    19,
    *FIRST,
    title="the gradient with {} subtracted from the images",
    wrong="The images were normalised for the gradient, but not for the forward pass.",
    right=RIGHT,
    fix=FIX,
)
def input_centred(site: Site) -> dict[str, Made | None] | None:
    if site.below is not None or site.x.ndim != 4:
        return None
    x = site.x
    made: dict[str, Made | None] = {
        "the mean of each image": gradient(site, site.source, x - x.mean(axis=(0, 1, 2), keepdims=True)),
        "the mean image of the batch": gradient(site, site.source, x - x.mean(axis=3, keepdims=True)),
    }
    if len(x) > 1:
        centred = x - x.mean(axis=(1, 2, 3), keepdims=True)
        made["the mean of each channel"] = gradient(site, site.source, centred)
    return made


@mistake(
    19,
    "conv2d.grad_weight",
    title="the gradient with the channels of the images in reverse order",
    wrong="The image was read in another order of channels (RGB, BGR) than in the forward pass.",
    right="∂C/∂w_k[c,m,n] belongs to channel c of the image as the forward pass saw it",
    fix="Convert the image once, before the forward pass.",
)
def channels_reversed(site: Site) -> Made | None:
    return site.right[:, ::-1] if site.below is None and site.right.shape[1] > 1 else None
