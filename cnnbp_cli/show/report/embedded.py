"""Pages inside a notebook: each in a frame of its own, with the content security policy that the page has as a file."""

from __future__ import annotations

from collections.abc import Sequence

from cnnbp_cli.gradients.check import TensorCheck
from cnnbp_cli.mnist.dataset import Images
from cnnbp_cli.network import Network, Parameters
from cnnbp_cli.show.class_names import class_label
from cnnbp_cli.show.report.document import document
from cnnbp_cli.show.report.markup import Markup, element, joined
from cnnbp_cli.show.report.raster import pictured
from cnnbp_cli.show.report.run.confusion import confusion_table
from cnnbp_cli.show.report.table import table
from cnnbp_cli.show.walk import shape_text
from cnnbp_cli.training.evaluate import Evaluation

STYLES = ("common.css", "run.css")

FRAME = "width: 100%; border: 0; height: {height}px"
TALL, LOW = 720, 320
"""Heights in CSS pixels, of whole pages and of tables."""

SHEET = 40
"""Images that are shown of a data set."""

THUMBNAIL = 56
"""Width of an image in a sheet, in CSS pixels."""


def framed_page(page: str, height: int = TALL) -> str:
    """A page in a frame. The frame has no access to the notebook, and the notebook's scripts none to the page."""
    return element(
        "iframe", srcdoc=page, sandbox="allow-scripts", style=FRAME.format(height=height), title="cnnbp", loading="lazy"
    )


def text_page(text: str) -> str:
    """A page of one paragraph."""
    return _page("cnnbp", element("p", text))


def image_sheet(some: Images) -> str:
    """The first images with their labels."""
    figures = (
        element(
            "figure",
            pictured([image], 0, f"label {label}", THUMBNAIL),
            element("figcaption", class_label(label, some.classes)),
        )
        for image, label in zip(some.images[:SHEET], some.labels[:SHEET].tolist(), strict=True)
    )
    left = len(some) - SHEET
    note = element("p", f"and {left:,} more", class_="note") if left > 0 else ""
    return framed_page(_page("images", element("div", figures, class_="row"), note), LOW)


def network_table(network: Network, params: Parameters) -> str:
    """The layers with their shapes and parameters."""
    rows = [["image", shape_text(network.input_shape), "", ""]]
    for name, shape in network.output_shapes().items():
        own = params.of.get(name, {})
        kinds = dict(zip(network.names, network.layers, strict=True))
        shapes = ", ".join(f"{key} {shape_text(array.shape)}" for key, array in own.items())
        rows.append([name, shape_text(shape), kinds[name].label, shapes])
    return framed_page(_page("network", table("Layers", ["layer", "output", "kind", "parameters"], rows)), LOW)


def evaluation_page(evaluation: Evaluation, summary: str) -> str:
    """The confusion matrix."""
    return framed_page(_page("evaluation", element("p", summary), *confusion_table(evaluation)), TALL)


def check_page(tensors: Sequence[TensorCheck]) -> str:
    """The verdict on each gradient."""
    rows = (
        [
            one.name,
            one.verdict.value,
            f"{one.checked:,} of {one.size:,}",
            f"{one.worst.error:.1e}" if one.worst else "–",
            f"{one.worst.allowed:.1e}" if one.worst else "–",
        ]
        for one in tensors
    )
    titles = ["tensor", "verdict", "checked", "error", "allowed"]
    return framed_page(_page("gradient check", table("Gradients, compared with differences", titles, rows)), LOW)


def _page(title: str, *parts: Markup | str) -> str:
    return document(title, joined([element("main", element("section", parts))]), styles=STYLES)
