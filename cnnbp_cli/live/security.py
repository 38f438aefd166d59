"""Who may talk to a live page: a browser on this computer, that was given the address.

| attack                                                 | what stops it                                            |
|--------------------------------------------------------|----------------------------------------------------------|
| another computer                                       | the server listens on 127.0.0.1 alone                    |
| another user or program of this computer               | the address contains 256 random bits                     |
| a page of another site sends requests                  | their Origin is another one, and they lack the address   |
| its name is made to point to 127.0.0.1 (DNS rebinding) | the Host header names that site                          |
| text in a name or a config becomes HTML                | it is escaped, and only the page's own script may run    |
| the page is shown inside another one (clickjacking)    | frame-ancestors 'none'                                   |
| the address leaks                                      | Referrer-Policy: no-referrer, and nothing is cached      |
| bodies, headers, connections or sessions without end   | each has a limit                                         |
"""

from __future__ import annotations

from hmac import compare_digest
from secrets import token_urlsafe

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HOST = "127.0.0.1"

NAMES = (HOST, "localhost")
"""What a Host header may call this computer."""

MAX_BODY = 16 * 2**20
"""Bytes: a photograph."""

HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""Sent with every answer."""

NOTHING_ALLOWED = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
"""The content security policy of every answer that brings none of its own."""


def new_token() -> str:
    """256 random bits for an address."""
    return token_urlsafe(32)


class Guard:
    """Passes on only requests that may be answered, with the token removed from their path.

    Parameters
    ----------
    app
        Answers them.
    token
        The first part of the path of every address.
    port
        Where the server listens.
    max_body
        The largest body, in bytes.
    """

    def __init__(self, app: ASGIApp, token: str, port: int, max_body: int = MAX_BODY) -> None:
        self._app, self._max_body = app, max_body
        self._prefix = f"/{token}/"
        self._hosts = {f"{name}:{port}" for name in NAMES}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        headers = Headers(scope=scope)
        if refused := self._refused(scope, headers):
            await refused(scope, receive, _with_headers(send))
            return
        scope = {**scope, "path": scope["path"][len(self._prefix) - 1 :]}
        await self._app(scope, self._bounded(receive), _with_headers(send))

    def _refused(self, scope: Scope, headers: Headers) -> PlainTextResponse | None:
        """The answer to a request that is refused; it does not say why, except for a body."""
        host, origin = headers.getlist("host"), headers.getlist("origin")
        local = len(host) == 1 and host[0] in self._hosts
        own = origin == [f"http://{host[0]}"] if local else False
        if not local or (origin and not own) or (scope["method"] not in ("GET", "HEAD") and not own):
            return PlainTextResponse("refused", 403)
        path = scope["path"]
        if not compare_digest(path[: len(self._prefix)].encode(), self._prefix.encode()):
            return PlainTextResponse("not found", 404)
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit() and int(length[:12]) <= self._max_body and len(length) <= 12):
            return PlainTextResponse("too large", 413)
        return None

    def _bounded(self, receive: Receive) -> Receive:
        """Ends a body without a length that is longer than any may be."""
        total = 0

        async def bounded() -> Message:
            nonlocal total
            message = await receive()
            total += len(message.get("body", b""))
            return {"type": "http.disconnect"} if total > self._max_body else message

        return bounded


def _with_headers(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=message.setdefault("headers", []))
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("Content-Security-Policy", NOTHING_ALLOWED)
        await send(message)

    return sent
