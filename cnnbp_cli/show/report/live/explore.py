"""The page of a pass, made live: the same page, with controls above the network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cnnbp_cli.diagnosis.one_number import Judgement
from cnnbp_cli.gradients.page import Page
from cnnbp_cli.show.report.document import document, policy
from cnnbp_cli.show.report.live import cards
from cnnbp_cli.show.report.markup import Markup, element
from cnnbp_cli.show.report.page import SCRIPTS, STYLES, encoded, page_body, page_facts, page_record

LIVE_STYLES = (*STYLES, "live/controls.css")

LIVE_SCRIPTS = (
    *SCRIPTS,
    "live/server.js",
    "live/renew.js",
    "live/pad.js",
    "live/image.js",
    "live/change.js",
    "live/learn.js",
    "live/ask.js",
    "live/slide.js",
    "live/start.js",
)

LIVE_POLICY = f"{policy(LIVE_STYLES, LIVE_SCRIPTS, connects=True)}; frame-ancestors 'none'"
"""What the server sends with the page; only a header can forbid that another page frames it."""

KIND = "the pass, live"

TOOLS: dict[str, str | int] = {"id": "tools", "role": "region", "aria_label": "Controls", "aria_busy": "false"}
"""The attributes of the element with the controls."""


@dataclass(frozen=True)
class Controls:
    """What the reader of a live page can choose from.

    Attributes
    ----------
    classes, images
        How many classes and how many test images there are.
    drawable
        Whether the network takes images of MNIST's form, to which drawings and pictures are converted.
    optimizers
        The learning rate of each, by name; the first is the config's.
    batch_size
        The config's.
    stops, stop
        The names of the weights that the network can have, and which it has first.
    """

    classes: int
    images: int
    drawable: bool
    optimizers: Mapping[str, float]
    batch_size: int
    stops: Sequence[str]
    stop: int


@dataclass(frozen=True, eq=False)
class Moment:
    """What a live page shows at one moment.

    Attributes
    ----------
    version
        Counts the moments of one page.
    source, image
        Where the weights come from, and which image it is.
    doubts
        Why the image may not be what its reader drew.
    stop, steps
        Which weights of `Controls.stops` it started from, and how many steps the optimizer has made since.
    can_undo, can_redo
        Whether there is anything to undo and to redo.
    costs
        The mean cost before each new step.
    question, verdict
        What the reader is asked (see `question_record`), and what is to be said about the answer (`verdict_record`).
    """

    version: int
    page: Page
    source: str
    image: str
    doubts: Sequence[str]
    stop: int
    steps: int
    can_undo: bool
    can_redo: bool
    costs: Sequence[float]
    question: Mapping[str, Any] | None = None
    verdict: Mapping[str, Any] | None = None


def live_page(moment: Moment, title: str, session: str, controls: Controls) -> str:
    """The page as it opens.

    Parameters
    ----------
    moment
        What it shows.
    title
        The network's name.
    session
        The name of the page's session, which its requests contain.
    controls
        What can be chosen.
    """
    page = moment.page
    facts = page_facts(page, moment.source, moment.image)
    return document(
        f"{title}: {KIND}",
        page_body(page, title, KIND, facts, element("div", _tools(controls, page.label), **TOOLS)),
        styles=LIVE_STYLES,
        scripts=LIVE_SCRIPTS,
        data={**page_record(page), "live": {"session": session, "stops": controls.stops, **update_record(moment)}},
        connects=True,
    )


def update_record(moment: Moment, before: Page | None = None, *, complete: bool = False) -> dict[str, Any]:
    """What the page needs to show a moment: facts, and arrays by position, those that differ from `before` or all."""
    page = moment.page
    old = [array.values.tobytes() for array in before.arrays] if before else []
    changed = {
        place: encoded(now.values)
        for place, now in enumerate(page.arrays)
        if complete or (old and old[place] != now.values.tobytes())
    }
    return {
        "version": moment.version,
        "arrays": changed,
        "label": page.label,
        "answer": page.answer,
        "facts": page_facts(page, moment.source, moment.image),
        "cost": cards.cost_text(page),
        "image": moment.image,
        "doubts": list(moment.doubts),
        "stop": moment.stop,
        "steps": moment.steps,
        "undo": moment.can_undo,
        "redo": moment.can_redo,
        "costs": list(moment.costs),
        "question": moment.question,
        "verdict": moment.verdict,
    }


def question_record(words: str, entry: str, where: str | None, hidden: Mapping[int, Sequence[int]]) -> dict[str, Any]:
    """A question: its words, the entry to look at, the array whose cells are answers, and the hidden entries."""
    covered = [[array, list(flat)] for array, flat in hidden.items()]
    return {"words": words, "entry": entry, "where": where, "hidden": covered}


def verdict_record(judgement: Judgement) -> dict[str, Any]:
    """What is to be said about an answer: whether it is right, and the mistake that gives it."""
    cause = judgement.cause
    explained = [["what went wrong", cause.wrong], ["right", judgement.equation], ["fix", cause.fix]] if cause else []
    return {"right": judgement.right, "words": judgement.words, "explained": explained}


def _tools(controls: Controls, label: int) -> Iterator[Markup]:
    yield cards.history_bar(controls.stops, controls.stop)
    yield cards.image_card(controls.classes, controls.images, label, drawable=controls.drawable)
    yield cards.learn_card(controls.optimizers, controls.batch_size)
    yield cards.slide_card()
    yield cards.ask_card()
