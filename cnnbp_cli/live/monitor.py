"""The application behind `cnnbp train --live`: a page that follows a training, and does not disturb it.

The training calls `show` after each step. Where a page is open and its time has come, the weights are copied there;
everything else is done in the server's thread. What pictures cost is measured, and the next ones wait until that is no
more than `SHARE` of the time. The training reads nothing from here, so its bits are the same.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from time import monotonic, sleep, thread_time

import numpy as np
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from cnnbp_cli import __version__
from cnnbp_cli.files.text import printable
from cnnbp_cli.network import Parameters
from cnnbp_cli.numerics.arithmetic import arithmetic
from cnnbp_cli.show.report.live.training import (
    TRAINING_POLICY,
    TrainingProgress,
    progress_record,
    training_page,
    training_sections,
)
from cnnbp_cli.show.report.markup import Markup
from cnnbp_cli.show.walk import shape_text
from cnnbp_cli.training.checkpoint import Checkpoint
from cnnbp_cli.training.events import EpochDone, Event, RunDone, RunStarted, StepDone
from cnnbp_cli.training.feature_maps import feature_maps, first_of_each
from cnnbp_cli.training.history import History
from cnnbp_cli.training.kernels import kernels
from cnnbp_cli.training.start import Training

SHARE = 0.004
"""Of the time that a training takes, the most that pictures take. With the numbers, that is less than 1 %."""

NUMBERS = 1.0
"""Seconds between numbers."""

MESSAGE = 0.003
"""Seconds that sending takes, beside what is measured: two messages through the server."""

MAX_WATCHERS = 8
MAX_LOSSES = 500

LAST = 2.0
"""Seconds that the end of a training waits for open pages."""

QUIET = 15.0
"""Seconds after which a connection without news says so, to notice that nobody is there."""


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The training at one moment, in memory of its own."""

    version: int
    params: Parameters
    history: History | None
    losses: Sequence[tuple[float, float]]


class Monitor:
    """Follows a training for the pages that are open.

    Parameters
    ----------
    training
        The training.

    Attributes
    ----------
    app
        Answers the pages' requests.
    """

    def __init__(self, training: Training) -> None:
        self._training = training
        config = training.config
        self._progress = TrainingProgress(
            training.state.epoch, config.train.epochs, 0, training.batches, float("nan"), 0.0
        )
        self._digit = first_of_each(training.data.test.labels)[-1:]
        self._losses: list[tuple[float, float]] = []
        self._history: History | None = self._finished()
        self._numbers_due = self._pictures_due = 0.0
        self._copying = self._drawing = 0.0
        self._snapshot = self._taken(0)
        self._drawn: tuple[int, Markup] = (-1, Markup(""))
        self._drawing_lock = Lock()
        self._fetched = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._watchers: set[asyncio.Event] = set()
        self.app = Starlette(
            routes=[
                Route("/", self._page, methods=["GET"]),
                Route("/events", self._events, methods=["GET"]),
                Route("/sections", self._sections, methods=["GET"]),
            ]
        )

    def show(self, event: Event) -> None:
        """Note an event of the training, and tell the pages if it is time."""
        if isinstance(event, StepDone):
            now = monotonic()
            if not self._watchers or now < self._numbers_due:
                return
            self._numbers_due = now + NUMBERS
            self._note(event)
            if now >= self._pictures_due:
                self._take(now)
            self._tell()
        elif isinstance(event, EpochDone):
            self._progress = replace(
                self._progress,
                epoch=event.epoch,
                step=self._progress.steps,
                loss=event.train_loss,
                accuracy=event.validation_accuracy,
            )
            self._history = self._finished()
        elif isinstance(event, RunDone):
            self.end("is complete")
        elif isinstance(event, RunStarted):
            self._progress = replace(self._progress, epoch=event.first_epoch)

    def end(self, how: str) -> None:
        """The training has ended: the pages show its last state, and stay as they are."""
        if self._progress.end:
            return
        self._progress = replace(self._progress, end=how)
        if self._watchers:
            self._take(monotonic())
            self._tell()
            self._wait()

    def _wait(self) -> None:
        """Give the open pages the time to fetch the last state, before the server ends."""
        until = monotonic() + LAST
        while self._fetched < self._snapshot.version and monotonic() < until:
            sleep(0.02)

    def _note(self, event: StepDone) -> None:
        self._progress = replace(
            self._progress,
            epoch=event.epoch,
            step=event.batch,
            loss=event.loss,
            images_per_second=event.images_per_second,
        )
        self._losses.append((event.epoch - 1 + event.batch / self._progress.steps, event.loss))
        if len(self._losses) > MAX_LOSSES:
            self._losses = self._losses[::2]

    def _take(self, now: float) -> None:
        """Copy what pictures are made of, and choose when to do so again."""
        began = thread_time()
        self._snapshot = self._taken(self._snapshot.version + 1)
        self._copying = thread_time() - began
        self._pictures_due = now + max(NUMBERS, (self._copying + self._drawing + MESSAGE) / SHARE)

    def _taken(self, version: int) -> Snapshot:
        params = self._training.state.params
        return Snapshot(version, params.astype(params.whole.dtype), self._history, tuple(self._losses))

    def _finished(self) -> History | None:
        """The finished epochs so far, copied; None if there are none."""
        training, state = self._training, self._training.state
        if not state.rows:
            return None
        health = replace(state.health, rows=[list(row) for row in state.health.rows])
        copied = replace(state, rows=list(state.rows), health=health)
        last = Checkpoint(
            path=training.run.last,
            config=training.config,
            network=training.network,
            state=copied,
            data=training.data.fingerprint,
            cnnbp=__version__,
            numpy=np.__version__,
            arithmetic=arithmetic(),
        )
        return History(training.run, last)

    # In the server's thread

    def _tell(self) -> None:
        if self._loop:
            self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        for watcher in self._watchers:
            watcher.set()

    def _markup(self) -> Markup:
        """The sections of the newest snapshot, drawn once."""
        with self._drawing_lock:
            snapshot = self._snapshot
            if self._drawn[0] != snapshot.version:
                began = thread_time()
                training = self._training
                found = feature_maps(training.network, snapshot.params, training.data.test, self._digit)
                shown = list(kernels(training.config, training.network, snapshot.params))
                markup = training_sections(snapshot.losses, snapshot.history, found, training.data.test, shown)
                self._drawn = snapshot.version, markup
                self._drawing = thread_time() - began
            return self._drawn[1]

    def _page(self, request: Request) -> Response:
        training = self._training
        shapes = [training.network.input_shape, *training.network.output_shapes().values()]
        facts = [printable(str(training.run.folder)), " → ".join(map(shape_text, shapes))]
        page = training_page(training.config.name, facts, self._progress, self._markup())
        return HTMLResponse(page, headers={"Content-Security-Policy": TRAINING_POLICY})

    def _sections(self, request: Request) -> Response:
        answer = HTMLResponse(self._markup())
        self._fetched = self._drawn[0]
        return answer

    async def _events(self, request: Request) -> Response:
        if len(self._watchers) >= MAX_WATCHERS:
            return PlainTextResponse("too many pages", 503)
        return StreamingResponse(self._news(), media_type="text/event-stream")

    async def _news(self) -> AsyncIterator[str]:
        watcher = asyncio.Event()
        watcher.set()
        self._loop = asyncio.get_running_loop()
        self._watchers.add(watcher)
        try:
            while True:
                try:
                    await asyncio.wait_for(watcher.wait(), QUIET)
                except TimeoutError:
                    yield ": quiet\n\n"
                    continue
                watcher.clear()
                news = {"version": self._snapshot.version, "progress": progress_record(self._progress)}
                yield f"data: {json.dumps(news)}\n\n"
                if self._progress.end:
                    yield f"event: end\ndata: {self._progress.end}\n\n"
                    return
        finally:
            self._watchers.discard(watcher)
