"""Each way to attack a live page, against a real server."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from threading import Thread
from typing import Any

import numpy as np
import pytest

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.live.exploration import MAX_REQUEST, Exploration
from cnnbp_cli.live.security import HOST, MAX_BODY
from cnnbp_cli.live.server import MAX_CONNECTIONS, MAX_HEADERS, LiveServer
from cnnbp_cli.live.sessions import MAX_SESSIONS
from tests.support.live import served, subject


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[LiveServer, Exploration]]:
    with served(subject()) as both:
        yield both


@pytest.fixture
def server(running: tuple[LiveServer, Exploration]) -> LiveServer:
    return running[0]


@pytest.fixture
def exploration(running: tuple[LiveServer, Exploration]) -> Exploration:
    return running[1]


def path_of(server: LiveServer) -> str:
    """`/TOKEN/`."""
    return server.address.split(str(server.port), 1)[1]


def ask(
    server: LiveServer, method: str, path: str, body: bytes | None = None, **headers: str | None
) -> tuple[HTTPResponse, bytes]:
    """Send a request as a browser on the page would, except for these headers; None leaves one out."""
    own = f"{HOST}:{server.port}"
    sent: dict[str, str | None] = {"Host": own}
    if method == "POST":
        sent |= {"Origin": f"http://{own}", "Content-Length": str(len(body or b""))}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    connection = HTTPConnection(HOST, server.port, timeout=10)
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for name, value in sent.items():
        if value is not None:
            connection.putheader(name, value)
    connection.endheaders(body)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer, text


def session_of(server: LiveServer) -> str:
    """The name of a new session, as its page says."""
    _, page = ask(server, "GET", path_of(server))
    data = page.split(b'id="data">')[1].split(b"</script>")[0]
    name: str = json.loads(data)["live"]["session"]
    return name


def do(server: LiveServer, session: str, request: Any, **headers: str | None) -> tuple[int, Any]:
    answer, text = ask(server, "POST", f"{path_of(server)}{session}/do", json.dumps(request).encode(), **headers)
    return answer.status, json.loads(text) if answer.getheader("Content-Type") == "application/json" else text


def test_it_listens_on_the_loopback_interface_alone(server: LiveServer) -> None:
    assert server.address.startswith(f"http://127.0.0.1:{server.port}/")
    addresses = {found[4][0] for found in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    for address in addresses - {HOST}:
        with (
            pytest.raises(OSError, match=r"refused|unreachable|timed out"),
            socket.create_connection((address, server.port), timeout=2),
        ):
            pass


def test_the_address_cannot_be_guessed(server: LiveServer) -> None:
    token = path_of(server).strip("/")
    assert len(token) >= 43
    with served(subject()) as (other, _):
        assert path_of(other).strip("/") != token
    for path in [
        "/",
        f"/{token[:-1]}/",
        f"/{token[:-1]}A/",
        f"/{token}x/",
        f"//{token}/",
        f"/x/../{token}/",
        "/%C3%A9/",
        "/%FF/",
    ]:
        if path != path_of(server):
            answer, text = ask(server, "GET", path)
            assert answer.status in (400, 404), path
            assert token.encode() not in text
    assert ask(server, "GET", path_of(server))[0].status == 200


@pytest.mark.parametrize(
    "host",
    [None, "", "example.org", "example.org:{port}", "127.0.0.1", "127.0.0.1:1", "127.0.0.1.example.org:{port}",
     "localhost.example.org:{port}", "127.0.0.1:{port}.example.org", "[::1]:{port}", "0.0.0.0:{port}"],
)  # fmt: skip
def test_a_name_that_was_made_to_point_here_is_refused(server: LiveServer, host: str | None) -> None:
    given = None if host is None else host.format(port=server.port)
    session = session_of(server)
    for method, path in [("GET", ""), ("POST", f"{session}/do")]:
        answer, text = ask(server, method, path_of(server) + path, b"{}" if method == "POST" else None, Host=given)
        assert answer.status in (400, 403)
        assert text in (b"refused", b"Invalid HTTP request received.")


def test_both_names_of_this_computer_are_accepted(server: LiveServer) -> None:
    own = f"localhost:{server.port}"
    assert ask(server, "GET", path_of(server), Host=own)[0].status == 200
    assert do(server, session_of(server), {"do": "show"}, Host=own, Origin=f"http://{own}")[0] == 200


@pytest.mark.parametrize(
    "origin",
    [None, "null", "", "http://example.org", "https://127.0.0.1:{port}", "http://127.0.0.1", "http://127.0.0.1:1",
     "http://localhost:{port}", "http://127.0.0.1:{port}.example.org", "http://example.org#127.0.0.1:{port}"],
)  # fmt: skip
def test_a_request_from_another_site_is_refused(
    server: LiveServer, exploration: Exploration, origin: str | None
) -> None:
    session = session_of(server)
    given = None if origin is None else origin.format(port=server.port)
    assert do(server, session, {"do": "target", "digit": 3}, Origin=given) == (403, b"refused")
    found = exploration.sessions.find(session)
    assert found
    assert found.shown.state.target == 7


def test_every_answer_forbids_what_the_page_does_not_need(server: LiveServer) -> None:
    answer, page = ask(server, "GET", path_of(server))
    policy = answer.getheader("Content-Security-Policy") or ""
    for rule in ("default-src 'none'", "frame-ancestors 'none'", "connect-src 'self'", "form-action 'none'",
                 "base-uri 'none'", "require-trusted-types-for 'script'"):  # fmt: skip
        assert rule in policy
    assert "unsafe" not in policy
    assert policy.startswith(page.split(b'http-equiv="Content-Security-Policy" content="')[1].split(b'"')[0]
                             .decode().replace("&#x27;", "'"))  # fmt: skip
    for path in ("", "nothing", "x/do"):
        answer, _ = ask(server, "GET", path_of(server) + path)
        for name, value in {
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Cross-Origin-Resource-Policy": "same-origin",
        }.items():
            assert answer.getheader(name) == value
        assert "default-src 'none'" in (answer.getheader("Content-Security-Policy") or "")
        assert answer.getheader("Server") is None
        assert answer.getheader("Access-Control-Allow-Origin") is None


def test_bodies_are_bounded(server: LiveServer) -> None:
    session = session_of(server)
    path = f"{path_of(server)}{session}/"
    assert ask(server, "POST", path + "do", b" " * (MAX_REQUEST + 1))[0].status == 413
    for length in (str(MAX_BODY + 1), "9" * 30, "-1", "1e3"):
        answer, _ = ask(server, "POST", path + "picture", b"", Content_Length=length)
        assert answer.status in (400, 413), length
    huge = b"%x\r\n" % (MAX_BODY + 1) + b"x" * (MAX_BODY + 1) + b"\r\n0\r\n\r\n"
    with pytest.raises(OSError):
        answer, _ = ask(server, "POST", path + "picture", huge, Content_Length=None, Transfer_Encoding="chunked")
        assert answer.status != 200
        raise ConnectionError
    assert do(server, session, {"do": "show"})[0] == 200


def test_headers_without_end_are_refused(server: LiveServer) -> None:
    with socket.create_connection((HOST, server.port), timeout=10) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nX-Long: " + b"x" * (4 * MAX_HEADERS))
        assert b" 400 " in connection.recv(1000)
    assert ask(server, "GET", path_of(server))[0].status == 200


def test_connections_are_bounded_and_idle_ones_block_nobody(server: LiveServer) -> None:
    idle = [socket.create_connection((HOST, server.port)) for _ in range(MAX_CONNECTIONS // 2)]
    assert ask(server, "GET", path_of(server))[0].status == 200
    for one in idle:
        one.close()


def test_sessions_are_bounded(server: LiveServer, exploration: Exploration) -> None:
    first = session_of(server)
    names = [session_of(server) for _ in range(MAX_SESSIONS + 3)]
    assert len(set(names)) == len(names)
    assert len(exploration.sessions) == MAX_SESSIONS
    assert do(server, first, {"do": "show"}) == (
        410, {"problem": "this page has ended, because newer ones were opened: reload it"}
    )  # fmt: skip
    assert do(server, names[-1], {"do": "show"})[0] == 200
    assert do(server, "0" * 22, {"do": "show"})[0] == 410


HOSTILE: list[Any] = [
    None, [], "show", 1, {}, {"do": "nothing"}, {"do": ["show"]}, {"do": "show", "more": 1},
    {"do": "pick"}, {"do": "pick", "index": -1}, {"do": "pick", "index": 10_000}, {"do": "pick", "index": "0"},
    {"do": "pick", "index": 1.5}, {"do": "pick", "index": 2**80}, {"do": "pick", "index": True},
    {"do": "target", "digit": 10}, {"do": "target", "digit": -1},
    {"do": "stop", "place": 1}, {"do": "stop", "place": -1},
    {"do": "draw", "side": 28, "pixels": "?"}, {"do": "draw", "side": 28, "pixels": "AAAA"},
    {"do": "draw", "side": 10**9, "pixels": ""}, {"do": "draw", "side": 28, "pixels": "A" * 10**5},
    {"do": "change", "entry": "conv1.weight[0,0,0,9]", "value": 1},
    {"do": "change", "entry": "conv1.z[0,0,0]", "value": 1},
    {"do": "change", "entry": "dense1.input[0]", "value": 1}, {"do": "change", "entry": "x" * 201, "value": 1},
    {"do": "change", "entry": "conv1.__class__[0]", "value": 1},
    {"do": "change", "entry": "input[0,0,0]", "value": 1e300},
    {"do": "change", "entry": "/etc/passwd", "value": 1}, {"do": "change", "entry": "input[0,0,0]", "value": "1"},
    {"do": "step", "optimizer": "os.system", "learning_rate": 1, "batch": 0},
    {"do": "step", "optimizer": "sgd", "learning_rate": 0, "batch": 0},
    {"do": "step", "optimizer": "sgd", "learning_rate": 1, "batch": 10**6},
    {"do": "step", "optimizer": "sgd", "learning_rate": 1, "batch": 0, "count": 10**9},
    {"do": "show", "seen": -1}, {"do": "show", "run": 2**70},
]  # fmt: skip


@pytest.mark.parametrize("request_", HOSTILE, ids=repr)
def test_requests_that_no_page_sends_change_nothing(
    server: LiveServer, exploration: Exploration, request_: Any
) -> None:
    session = session_of(server)
    status, answer = do(server, session, request_)
    assert status in (400, 409)
    assert set(answer) == {"problem"}
    assert not any(word in answer["problem"] for word in ("Traceback", "/", "cnnbp_cli", "pydantic"))
    found = exploration.sessions.find(session)
    assert found
    assert not found.shown.can_undo
    assert np.array_equal(found.shown.state.params.whole, subject().weights(0).whole)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b'{"do":"show","do":1}', b"[" * 10_000, b'{"do":"change","value":NaN}']
)
def test_what_is_no_json_is_refused(server: LiveServer, body: bytes) -> None:
    answer, text = ask(server, "POST", f"{path_of(server)}{session_of(server)}/do", body)
    assert answer.status == 400
    assert json.loads(text) == {"problem": "the request is not valid"}


@pytest.mark.parametrize(
    "path",
    ["../etc/passwd", "..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/etc/passwd", "static/page.js", "do", "x/y/do",
     "?path=/etc", "configs/seed.yaml", "x/do/..", "docs", "openapi.json"],
)  # fmt: skip
def test_no_path_is_ever_opened(server: LiveServer, path: str) -> None:
    answer, text = ask(server, "GET", path_of(server) + path)
    assert answer.status in (200, 404, 405)
    assert (answer.status == 200) == path.startswith("?")
    assert b"root:" not in text


def test_a_picture_is_read_from_its_bytes_and_refused_without_a_path(server: LiveServer) -> None:
    session = session_of(server)
    for body in (b"/etc/passwd", b"GIF89a", b"%PDF-1.7", b"\x89PNG\r\n\x1a\n" + b"x" * 100, b""):
        answer, text = ask(server, "POST", f"{path_of(server)}{session}/picture", body)
        assert answer.status == 409
        assert set(json.loads(text)) == {"problem"}
        assert b"/" not in text


def test_other_methods_are_refused(server: LiveServer) -> None:
    own = f"http://{HOST}:{server.port}"
    for method in ("PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"):
        assert ask(server, method, path_of(server))[0].status == 403
        assert ask(server, method, path_of(server), Origin=own)[0].status == 405


def test_a_bug_shows_nothing_of_the_program(
    server: LiveServer, exploration: Exploration, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = session_of(server)
    found = exploration.sessions.find(session)
    assert found
    monkeypatch.setattr(found, "answer", lambda request: 1 / 0)
    answer, text = ask(server, "POST", f"{path_of(server)}{session}/do", b'{"do":"show"}')
    assert (answer.status, text) == (500, b"Internal Server Error")


def test_requests_at_the_same_time_do_not_disturb_each_other(server: LiveServer, exploration: Exploration) -> None:
    sessions = [session_of(server) for _ in range(3)]
    answers: list[int] = []

    def clicks(session: str, index: int) -> None:
        for _ in range(10):
            status, answer = do(server, session, {"do": "pick", "index": index})
            answers.append(status if answer["image"] == f"test image {index}" else 0)

    threads = [Thread(target=clicks, args=(session, n)) for n, session in enumerate(sessions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 30


def test_a_taken_port_is_reported(server: LiveServer) -> None:
    with pytest.raises(CnnbpError, match=f"port {server.port} cannot be used"):
        LiveServer(Exploration(subject()).app, server.port)
