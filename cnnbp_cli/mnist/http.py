"""One bounded HTTP transfer: redirects followed by hand, one deadline for all of it, no byte read beyond its size.

A redirect's body is never read. A server that sends headers or bytes slowly is cut off when the time is up, whatever it
is sending: a timer shuts the socket down, since a time limit on each single read would not bound their sum.
"""

from __future__ import annotations

import os
import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

if TYPE_CHECKING:
    import ssl

    from urllib3 import BaseHTTPResponse, PoolManager

MAX_REDIRECTS = 5

REDIRECTS = (301, 302, 303, 307, 308)

CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""Environment variables that name a file of certificates to trust; OpenSSL itself reads SSL_CERT_FILE."""

_PIECE = 1 << 16


class TransferFailed(Exception):
    """Why a file did not arrive; `unreachable` if the same server need not be tried for another file."""

    def __init__(self, reason: str, *, unreachable: bool = False) -> None:
        super().__init__(reason)
        self.unreachable = unreachable


def without_password(url: str) -> str:
    """The address as it may be shown: user name and password removed, other than printable characters replaced."""
    shown = re.sub(r"//.*@", "//…@", url, flags=re.DOTALL)
    return "".join(c if c.isprintable() else " " for c in shown)


def receive(url: str, size: int, *, timeout: float, seconds: float) -> Iterator[bytes]:
    """The bytes of a file, undecoded, piece by piece.

    Parameters
    ----------
    size
        How many bytes the file has; more are not read.
    timeout
        Seconds to wait for a connection, and for each piece.
    seconds
        For the whole transfer, redirects included.

    Raises
    ------
    TransferFailed
        The server cannot be reached, answers with an error, sends too few or too many bytes, or is too slow.
    """
    received = 0
    deadline = _Deadline(seconds)
    try:
        with deadline, _response(url, timeout, deadline) as response:
            while piece := response.read1(_PIECE, decode_content=False):
                received += len(piece)
                if received > size:
                    raise TransferFailed(f"another file than the original: more than its {size:,} bytes")
                if deadline.passed:
                    break
                yield piece
    except TransferFailed:
        raise
    except Exception as error:
        if not deadline.passed:
            raise _failure(error) from None
    if deadline.passed:
        raise TransferFailed(f"too slow: {received:,} of {size:,} bytes", unreachable=True)
    if received < size:
        raise TransferFailed(f"cut short: {received:,} of {size:,} bytes")


class _Deadline:
    """Shuts down the connection that it watches when the time is up."""

    def __init__(self, seconds: float) -> None:
        self.connection: Any = None
        self._end = time.monotonic() + seconds
        self._timer = Timer(seconds, self._cut)
        self._timer.daemon = True

    @property
    def passed(self) -> bool:
        return time.monotonic() >= self._end

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def _cut(self) -> None:
        if (sock := getattr(self.connection, "sock", None)) is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


@contextmanager
def _response(url: str, timeout: float, deadline: _Deadline) -> Iterator[BaseHTTPResponse]:
    """The answer to a GET request, after redirects."""
    from urllib3.util import make_headers, parse_url

    for _ in range(1 + MAX_REDIRECTS):
        address = parse_url(url)
        if address.scheme not in ("http", "https") or not address.host:
            raise TransferFailed("not an http or https address")
        headers = {"Accept-Encoding": "identity"}
        if address.auth:
            headers |= make_headers(basic_auth=address.auth)
        plain = address._replace(auth=None, fragment=None).url
        with _manager(plain, address.host, timeout, deadline) as manager:
            response = manager.urlopen(
                "GET", plain, headers=headers, preload_content=False, redirect=False, retries=False, timeout=timeout
            )
            try:
                location = response.headers.get("Location")
                if response.status not in REDIRECTS or not location:
                    if response.status != 200:
                        raise TransferFailed(f"HTTP {response.status}")
                    yield response
                    return
            finally:
                response.close()  # with its connection: what it still sends is not read
        if address.scheme == "https" and not urljoin(plain, location).startswith("https:"):
            raise TransferFailed("redirects from https to an address that is not encrypted")
        url = urljoin(plain, location)
    raise TransferFailed(f"more than {MAX_REDIRECTS} redirects")


def _manager(url: str, host: str, timeout: float, deadline: _Deadline) -> PoolManager:
    """Connections to a host, or to the proxy that the system names for it, which `deadline` watches."""
    from urllib.request import getproxies, proxy_bypass

    from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager, ProxyManager
    from urllib3.connection import HTTPConnection, HTTPSConnection

    class Watched(HTTPConnection):
        def connect(self) -> None:
            deadline.connection = self
            super().connect()

    class WatchedTLS(HTTPSConnection):
        def connect(self) -> None:
            deadline.connection = self
            super().connect()

    class Pool(HTTPConnectionPool):
        ConnectionCls = Watched

    class TLSPool(HTTPSConnectionPool):
        ConnectionCls = WatchedTLS

    scheme = url.partition(":")[0]
    options: dict[str, Any] = {"ssl_context": _certificates()} if scheme == "https" else {}
    proxy = None if proxy_bypass(host) else getproxies().get(scheme)
    manager = ProxyManager(proxy, **options) if proxy else PoolManager(**options)
    manager.pool_classes_by_scheme = {"http": Pool, "https": TLSPool}
    return manager


def _certificates() -> ssl.SSLContext:
    """The system's certificates, or those in the file that an environment variable names."""
    import ssl

    for variable in CA_VARIABLES:
        if path := os.environ.get(variable):
            try:
                if Path(path).is_dir():
                    return ssl.create_default_context(capath=path)
                return ssl.create_default_context(cafile=path)
            except OSError as error:
                problem = f"the certificates that {variable} names cannot be read: {error.strerror or error}"
                raise TransferFailed(problem, unreachable=True) from None
    return ssl.create_default_context()


def _failure(error: Exception) -> TransferFailed:
    """A library's error in few words: of the network errors behind it, the innermost says most."""
    from http.client import HTTPException

    from urllib3.exceptions import NewConnectionError, TimeoutError

    chain: list[BaseException] = [error]
    while inner := chain[-1].__cause__ or chain[-1].__context__:
        chain.append(inner)
    cause = next((e for e in reversed(chain) if isinstance(e, OSError | HTTPException)), error)
    words = (cause.strerror if isinstance(cause, OSError) else None) or str(cause) or type(cause).__name__
    return TransferFailed(
        without_password(re.sub(r"\S*@", "…@", words))[:100],
        unreachable=isinstance(error, NewConnectionError | TimeoutError),
    )
