"""One open page: its state, and what its requests do to that."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import singledispatchmethod
from math import isfinite
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from cnnbp_cli.diagnosis.one_number import Judgement
from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.gradients.entries import find
from cnnbp_cli.gradients.page import Page, page_data
from cnnbp_cli.gradients.trace import Trace, trace
from cnnbp_cli.live.explored import Explored
from cnnbp_cli.live.learning import Steps
from cnnbp_cli.live.questions import Question, new_question
from cnnbp_cli.live.requests import Ask, Change, Draw, Expect, MakeSteps, Move, Pick, Reply, Request, TakeWeights
from cnnbp_cli.live.state import LiveState, Undoable
from cnnbp_cli.mnist.photograph import centre, see
from cnnbp_cli.numerics.arrays import Array


@dataclass(frozen=True, eq=False)
class Shown:
    """What a page shows.

    Attributes
    ----------
    version
        Its number, from 1.
    state, trace, page
        The state, the pass through it, and the page of that pass.
    can_undo, can_redo
        Whether there is anything before, and anything undone.
    costs
        The mean cost before each step that the last request made.
    question, judgement
        What the reader is asked, and what is to be said about the last answer.
    """

    version: int
    state: LiveState
    trace: Trace
    page: Page
    can_undo: bool = False
    can_redo: bool = False
    costs: Sequence[float] = ()
    question: Question | None = None
    judgement: Judgement | None = None


class Session:
    """One open page. Its methods may be called from any thread, one at a time (`lock`).

    Parameters
    ----------
    subject
        The network and the images.
    index
        The test image that it opens with.
    """

    def __init__(self, subject: Explored, index: int) -> None:
        self.lock = Lock()
        self._subject, self._steps = subject, Steps(subject)
        self._question: Question | None = None
        self._rng = np.random.default_rng()
        self._initial = subject.start(index)
        self._history = Undoable(self._initial)
        traced = self._pass(self._initial)
        self.shown = Shown(1, self._initial, traced, page_data(traced))

    def answer(self, request: Request) -> Shown:
        """Do what a request asks for, and return what the page is to show.

        Raises
        ------
        CnnbpError
            It cannot be done; the state is as before.
        """
        costs: Sequence[float] = ()
        if isinstance(request, MakeSteps):
            state, costs = self._steps.make(
                self._history.current, request.optimizer, request.learning_rate, request.batch, request.count
            )
            self._show(replace(state, run=request.run))
        elif isinstance(request, Move):
            self._move(request.do)
        elif isinstance(request, Ask):
            self._question = new_question(request.about, self.shown.trace, self.shown.page, self._rng)
        elif isinstance(request, Reply):
            return self._judged(request.text)
        else:
            self._show(replace(self._changed(request), run=request.run))
        self._refresh(costs)
        return self.shown

    def _judged(self, text: str) -> Shown:
        """What is to be said about an answer; the question is over if it is right, or empty."""
        if self._question is None:
            raise CnnbpError("there is no question", hint="Ask for one first.")
        question, judgement = self._question, None
        if text.strip():
            judgement = question.judge(self.shown.trace, text)
        if judgement is None or judgement.right:
            self._question = None
        self._refresh()
        self.shown = replace(self.shown, judgement=judgement or question.solution(self.shown.trace))
        return self.shown

    def see(self, picture: NDArray[np.uint8], source: str) -> Shown:
        """Show the digit in a picture (H, W, 3)."""
        self._show(self._seen(picture, source))
        self._refresh()
        return self.shown

    def _move(self, where: str) -> None:
        if where == "undo":
            self._history.undo()
        elif where == "redo":
            self._history.redo()
        elif where == "reset":
            now, first = self._history.current, self._initial
            self._show(replace(first, image=now.image, source=now.source, target=now.target, doubts=now.doubts))

    @singledispatchmethod
    def _changed(self, request: Request) -> LiveState:
        """The state that a request leads to."""
        raise NotImplementedError(type(request))

    @_changed.register
    def _(self, request: Pick) -> LiveState:
        images = self._subject.data.test
        if request.index >= len(images):
            raise CnnbpError(f"the test images are 0 to {len(images) - 1:,}")
        image, label = self._subject.test_image(request.index)
        source = f"test image {request.index}"
        return replace(self._history.current, image=image, target=label, source=source, doubts=())

    @_changed.register
    def _(self, request: Draw) -> LiveState:
        try:
            pixels = np.frombuffer(b64decode(request.pixels, validate=True), np.uint8)
        except (binascii.Error, ValueError):
            raise CnnbpError("the drawing is damaged") from None
        if pixels.size != request.side**2:
            raise CnnbpError("the drawing is damaged")
        drawn = centre(255 - pixels.reshape(request.side, request.side))
        return self._with_image(drawn, "your drawing", () if drawn is not None else ("nothing is drawn",))

    @_changed.register
    def _(self, request: Expect) -> LiveState:
        (classes,) = self._subject.network.output_shape
        if request.digit >= classes:
            raise CnnbpError(f"the classes are 0 to {classes - 1}")
        return replace(self._history.current, target=request.digit)

    @_changed.register
    def _(self, request: TakeWeights) -> LiveState:
        if request.place >= len(self._subject.stops):
            raise CnnbpError("there is no such save")
        params = self._subject.weights(request.place)
        return replace(self._history.current, params=params, learning=None, stop=request.place)

    @_changed.register
    def _(self, request: Change) -> LiveState:
        now = self._history.current
        try:
            layer, what, index = find(self.shown.trace, request.entry)
        except CnnbpError as error:
            raise CnnbpError(error.problem) from None  # without the option that the place names
        if what in layer.params:
            params = now.params.astype(np.float64)
            params.of[layer.name][what][index] = request.value
            return replace(now, params=params)
        if what != "input" or layer is not self.shown.trace.layers[0]:
            raise CnnbpError("this number follows from others", hint="Change a pixel, a weight or a bias.")
        image = now.image.copy()
        image[index[:-1]] = request.value
        return replace(now, image=image, source=now.source.removesuffix(CHANGED) + CHANGED)

    def _seen(self, picture: NDArray[np.uint8], source: str) -> LiveState:
        seen = see(picture)
        return self._with_image(seen.image, source, seen.doubts)

    def _with_image(self, image: NDArray[np.uint8] | None, source: str, doubts: tuple[str, ...]) -> LiveState:
        """The state with an image in MNIST's form; with an empty one for None."""
        now = self._history.current
        pixels = np.zeros(now.image.shape) if image is None else image[None] / 255
        if pixels.shape != now.image.shape:
            raise CnnbpError("the network does not take images of 28×28 pixels", hint="Pick a test image instead.")
        return replace(now, image=pixels, source=source, doubts=doubts, run=0)

    def _show(self, state: LiveState) -> None:
        traced = self._pass(state)
        if not isfinite(traced.cost):
            raise CnnbpError("the cost would be infinite", hint="Choose a smaller number.")
        self._traced = traced
        self._history.add(state)

    def _refresh(self, costs: Sequence[float] = ()) -> None:
        state, history = self._history.current, self._history
        shown = self.shown
        traced, page = shown.trace, shown.page
        if state is not shown.state:
            traced = self._pass(state)
            page = page_data(traced)
            self._question = None  # it was about other numbers
        self.shown = Shown(
            shown.version + 1, state, traced, page, history.can_undo, history.can_redo, costs, self._question
        )

    def _pass(self, state: LiveState) -> Trace:
        x: Array = np.ascontiguousarray(state.image[..., None])
        return trace(self._subject.network, state.params, x, np.array([state.target]))


CHANGED = ", changed"
"""Added to the name of an image whose pixels were changed."""
