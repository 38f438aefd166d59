"""A web server on a port of this computer."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from time import sleep

import uvicorn
from starlette.types import ASGIApp

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.live.security import HOST, Guard, new_token

MAX_CONNECTIONS = 32
MAX_HEADERS = 16 * 2**10
"""Bytes of the headers of a request."""


class LiveServer:
    """Serves an application to browsers on this computer that know its address.

    Parameters
    ----------
    app
        Answers the requests.
    port
        Where to listen; 0 for any free port.

    Raises
    ------
    CnnbpError
        The port is taken, or may not be used.
    """

    def __init__(self, app: ASGIApp, port: int = 0) -> None:
        self._socket = _listening(port)
        self.port: int = self._socket.getsockname()[1]
        token = new_token()
        self.address = f"http://{HOST}:{self.port}/{token}/"
        self._server = _Announcing(
            uvicorn.Config(
                Guard(app, token, self.port),
                access_log=False,
                date_header=False,
                h11_max_incomplete_event_size=MAX_HEADERS,
                http="h11",
                interface="asgi3",
                lifespan="off",
                limit_concurrency=MAX_CONNECTIONS,
                log_level="warning",
                proxy_headers=False,
                server_header=False,
                timeout_graceful_shutdown=1,
                timeout_keep_alive=30,
                ws="none",
            )
        )

    def run(self, started: Callable[[], None] = lambda: None) -> None:
        """Serve until Ctrl-C, which then ends the program. Calls `started` when both work."""
        self._server.announce = started
        self._server.run([self._socket])

    @contextmanager
    def in_background(self) -> Iterator[LiveServer]:
        """Serve in another thread for the length of a `with` block."""
        thread = Thread(target=self.run, name="cnnbp-live", daemon=True)
        thread.start()
        while thread.is_alive() and not self._server.started:
            sleep(0.01)
        try:
            yield self
        finally:
            self._server.should_exit = True
            thread.join()


class _Announcing(uvicorn.Server):
    """Calls `announce` once it serves, and hears signals."""

    announce: Callable[[], None]

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.announce()


def _listening(port: int) -> socket.socket:
    """A socket that other computers cannot reach."""
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if os.name == "posix":  # on Windows it would let another program take the port
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((HOST, port))
        made.listen(MAX_CONNECTIONS)
    except OSError as error:
        made.close()
        raise CnnbpError(
            f"port {port} cannot be used: {error.strerror}",
            where=f"--port {port}",
            hint="Name another port, or leave --port out to use a free one.",
        ) from None
    return made
