"""The application behind `cnnbp explore`: a page, and the answers to its requests."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.live.explored import Explored
from cnnbp_cli.live.learning import kinds
from cnnbp_cli.live.requests import REQUESTS
from cnnbp_cli.live.session import Session, Shown
from cnnbp_cli.live.sessions import Sessions
from cnnbp_cli.mnist.photograph import SIDE
from cnnbp_cli.mnist.picture_file import decode_picture
from cnnbp_cli.show.report.live.explore import (
    LIVE_POLICY,
    Controls,
    Moment,
    live_page,
    question_record,
    update_record,
    verdict_record,
)

MAX_REQUEST = 2**17
"""Bytes of a request that is no picture."""


class Exploration:
    """Answers the requests of live pages about one subject.

    Parameters
    ----------
    subject
        The network and the images.
    index
        The test image that a page opens with.

    Attributes
    ----------
    sessions
        One for each open page.
    """

    def __init__(self, subject: Explored, index: int = 0) -> None:
        self._subject = subject
        self.sessions = Sessions(lambda: Session(subject, index))
        self.app = Starlette(
            routes=[
                Route("/", self._page, methods=["GET"]),
                Route("/{session}/do", self._do, methods=["POST"]),
                Route("/{session}/picture", self._picture, methods=["POST"]),
            ],
            exception_handlers={ClientDisconnect: _gone},
        )

    def _page(self, request: HttpRequest) -> Response:
        name, session = self.sessions.open()
        text = live_page(self._moment(session.shown), self._subject.config.name, name, self._controls())
        return HTMLResponse(text, headers={"Content-Security-Policy": LIVE_POLICY})

    async def _do(self, request: HttpRequest) -> Response:
        body = await request.body()
        if len(body) > MAX_REQUEST:
            return _problem("the request is too large", 413)
        try:
            wanted = REQUESTS.validate_json(body)
        except ValidationError:  # what is wrong with it concerns no reader: the page sends none of these
            return _problem("the request is not valid", 400)
        return await self._answer(request, wanted.seen, lambda session: session.answer(wanted))

    async def _picture(self, request: HttpRequest) -> Response:
        body = await request.body()
        return await self._answer(request, 0, lambda session: session.see(decode_picture(BytesIO(body), ""), PICTURE))

    async def _answer(self, request: HttpRequest, seen: int, change: Callable[[Session], Shown]) -> Response:
        """What a page of a session needs to show, after a change; `seen` is the version that it has."""
        session = self.sessions.find(request.path_params["session"])
        if session is None:
            return _problem("this page has ended, because newer ones were opened: reload it", 410)

        def answered() -> dict[str, Any]:
            with session.lock:
                before = session.shown
                after = change(session)
                known = before.page if seen == before.version else None
                return update_record(self._moment(after), known, complete=known is None)

        try:
            return JSONResponse(await run_in_threadpool(answered))
        except CnnbpError as error:
            return _problem(". ".join(filter(None, (error.problem, error.hint))), 409)

    def _moment(self, shown: Shown) -> Moment:
        state, asked = shown.state, shown.question
        return Moment(
            shown.version,
            shown.page,
            self._subject.source,
            state.source,
            state.doubts,
            state.stop,
            state.learning.steps if state.learning else 0,
            shown.can_undo,
            shown.can_redo,
            shown.costs,
            None if asked is None else question_record(asked.words, asked.entry, asked.where, asked.hidden),
            None if shown.judgement is None else verdict_record(shown.judgement),
        )

    def _controls(self) -> Controls:
        subject = self._subject
        train = subject.config.train
        return Controls(
            classes=subject.network.output_shape[0],
            images=len(subject.data.test),
            drawable=subject.network.input_shape == (1, SIDE, SIDE),
            optimizers={name: rule.learning_rate for name, rule in kinds(train.optimizer).items()},
            batch_size=train.batch_size,
            stops=[stop.name for stop in subject.stops],
            stop=subject.first,
        )


PICTURE = "your picture"


def _gone(request: HttpRequest, error: Exception) -> Response:
    """The answer to a body that has not ended, which nobody waits for."""
    return _problem("the request is incomplete", 400)


def _problem(text: str, code: int) -> Response:
    return JSONResponse({"problem": text}, code)
