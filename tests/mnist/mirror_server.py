"""A mirror on loopback that serves the original files under /good/, and one fault under each other folder."""

from __future__ import annotations

import gzip
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.mnist.idx_files import DATA

BOMB = gzip.compress(bytes(16 << 20), compresslevel=1)
"""16 MiB to whoever unpacks it."""


@contextmanager
def serving() -> Iterator[MirrorServer]:
    """A mirror that answers as long as this lasts."""
    with MirrorServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.released.set()
        server.meeting.abort()
        server.shutdown()
        thread.join()


class MirrorServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: list[str] = []
        self.sent: Counter[str] = Counter()
        self.released = threading.Event()
        self.meeting = threading.Barrier(2)
        self.files: dict[str, bytes] = {}  # in place of the original files

    def url(self, folder: str) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/{folder}/"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    server: MirrorServer

    def do_GET(self) -> None:
        self.server.requests.append(self.path)
        folder, name = self.path.strip("/").split("/")
        files = self.server.files
        if files and name not in files:
            self.head(404, length=0)
            return
        body = files[name] if files else (DATA / name).read_bytes()
        with suppress(ConnectionError):
            FAULTS[folder](self, name, body)

    def head(self, status: int = 200, length: int | None = None, **headers: str) -> None:
        self.send_response(status)
        if length is not None:
            self.send_header("Content-Length", str(length))
        for key, value in headers.items():
            self.send_header(key.replace("_", "-"), value)
        self.end_headers()

    def send(self, data: bytes) -> None:
        self.wfile.write(data)
        self.server.sent[self.path] += len(data)

    def log_message(self, *args: Any) -> None:
        pass


def _good(h: _Handler, name: str, body: bytes) -> None:
    h.head(length=len(body))
    h.send(body)


def _status(status: int) -> Callable[[_Handler, str, bytes], None]:
    def answer(h: _Handler, name: str, body: bytes) -> None:
        h.head(status, length=5)
        h.send(b"sorry")

    return answer


def _silent(h: _Handler, name: str, body: bytes) -> None:
    h.server.released.wait(20)


def _stall(h: _Handler, name: str, body: bytes) -> None:
    h.head(length=len(body))
    h.send(body[:1000])
    h.server.released.wait(20)


def _drip(h: _Handler, name: str, body: bytes) -> None:
    h.head(length=len(body))
    for i in range(len(body)):
        h.send(body[i : i + 1])
        if h.server.released.wait(0.02):
            return


def _short(h: _Handler, name: str, body: bytes) -> None:
    h.head(length=len(body))
    h.send(body[: len(body) // 2])


def _short_unsaid(h: _Handler, name: str, body: bytes) -> None:
    h.head()
    h.send(body[: len(body) // 2])


def _wrong(h: _Handler, name: str, body: bytes) -> None:
    _good(h, name, body[:-1] + bytes([body[-1] ^ 1]))


def _page(h: _Handler, name: str, body: bytes) -> None:
    _good(h, name, b"<html>Please log in to the hotel's network</html>")


def _endless(h: _Handler, name: str, body: bytes) -> None:
    h.head()
    for _ in range(4096):
        h.send(bytes(1 << 20))


def _bad_chunk(h: _Handler, name: str, body: bytes) -> None:
    h.protocol_version = "HTTP/1.1"
    h.head(Transfer_Encoding="chunked", Connection="close")
    h.send(b"10\r\n" + body[:16] + b"\r\nno number\r\n")


def _junk(h: _Handler, name: str, body: bytes) -> None:
    h.send(b"\x1b[31mSSH-2.0-not a web server\r\n\r\n")


def _hang_up(h: _Handler, name: str, body: bytes) -> None:
    pass


def _loop(h: _Handler, name: str, body: bytes) -> None:
    h.head(302, length=0, Location=f"/loop/{name}")


def _moved(h: _Handler, name: str, body: bytes) -> None:
    h.head(301, length=0, Location=f"/good/{name}")


def _fat_redirect(h: _Handler, name: str, body: bytes) -> None:
    """A redirect whose body unpacks to a thousand times its size."""
    h.head(302, length=len(BOMB), Location=f"/good/{name}", Content_Encoding="gzip")
    h.send(BOMB)


def _endless_redirect(h: _Handler, name: str, body: bytes) -> None:
    """A redirect to a good file, with a body that never ends."""
    h.head(302, Location=f"/good/{name}")
    for _ in range(4096):
        h.send(bytes(1 << 20))


def _drip_headers(h: _Handler, name: str, body: bytes) -> None:
    """Header lines without end, each before a time limit on a single read is over."""
    h.send(b"HTTP/1.1 200 OK\r\n")
    for i in range(10_000):
        h.send(b"X-%d: 1\r\n" % (i % 10) if i < 50 else b"X")
        if h.server.released.wait(0.05):
            return


def _continues(h: _Handler, name: str, body: bytes) -> None:
    """Interim answers without end, which an HTTP client skips."""
    while not h.server.released.wait(0.01):
        h.send(b"HTTP/1.1 100 Continue\r\n\r\n")


def _to_file(h: _Handler, name: str, body: bytes) -> None:
    h.head(302, length=0, Location="file:///etc/passwd")


def _secret(h: _Handler, name: str, body: bytes) -> None:
    """Asks for the user name and password that the tests give."""
    allowed = h.headers.get("Authorization") == "Basic dXNlcjpzM2NyZXQ="
    (_good if allowed else _status(401))(h, name, body)


def _labelled_gzip(h: _Handler, name: str, body: bytes) -> None:
    """As servers do that take the suffix .gz for an encoding of the transfer."""
    h.head(length=len(body), Content_Encoding="x-gzip", Content_Type="text/plain")
    h.send(body)


def _gzip_bomb(h: _Handler, name: str, body: bytes) -> None:
    h.head(Content_Encoding="gzip")
    h.send(BOMB)


def _only_labels(h: _Handler, name: str, body: bytes) -> None:
    (_good if "labels" in name else _status(404))(h, name, body)


def _only_images(h: _Handler, name: str, body: bytes) -> None:
    (_good if "images" in name else _status(404))(h, name, body)


def _two_at_once(h: _Handler, name: str, body: bytes) -> None:
    """The largest file is served to two clients in step; the rest as it comes."""
    h.head(length=len(body))
    if name.startswith("train-images"):
        h.server.meeting.wait(20)
        for start in range(0, len(body), 1 << 20):
            h.send(body[start : start + (1 << 20)])
            time.sleep(0.01)
    else:
        h.send(body)


FAULTS: dict[str, Callable[[_Handler, str, bytes], None]] = {
    "good": _good,
    "403": _status(403),
    "404": _status(404),
    "503": _status(503),
    "silent": _silent,
    "stall": _stall,
    "drip": _drip,
    "short": _short,
    "short-unsaid": _short_unsaid,
    "wrong": _wrong,
    "page": _page,
    "endless": _endless,
    "bad-chunk": _bad_chunk,
    "junk": _junk,
    "hang-up": _hang_up,
    "loop": _loop,
    "moved": _moved,
    "fat-redirect": _fat_redirect,
    "endless-redirect": _endless_redirect,
    "drip-headers": _drip_headers,
    "continues": _continues,
    "to-file": _to_file,
    "secret": _secret,
    "labelled-gzip": _labelled_gzip,
    "gzip-bomb": _gzip_bomb,
    "only-labels": _only_labels,
    "only-images": _only_images,
    "two-at-once": _two_at_once,
}
