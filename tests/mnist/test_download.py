"""The download against a real server on loopback, which serves the real files and every fault."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.mnist.download import MIRRORS, TIMEOUT, download
from cnnbp_cli.mnist.files import FILES, gz
from cnnbp_cli.mnist.http import CA_VARIABLES
from tests.mnist.idx_files import DATA
from tests.mnist.mirror_server import MirrorServer
from tests.support.examples import examples

QUICK = 0.4
"""Seconds of patience in tests that wait for a mirror in vain."""

FAULTS = {
    "403": "HTTP 403",
    "404": "HTTP 404",
    "503": "HTTP 503",
    "silent": "timed out",
    "stall": "timed out",
    "short": "IncompleteRead",
    "short-unsaid": "cut short: 4,956,211 of 9,912,422 bytes",
    "wrong": "wrong SHA-256",
    "page": "cut short",
    "endless": "more than its",
    "gzip-bomb": "cut short",
    "bad-chunk": "IncompleteRead",
    "junk": "SSH-2.0-not a web server",
    "hang-up": "Remote end closed connection",
    "loop": "redirects",
    "to-file": "not an http or https address",
    "secret": "HTTP 401",
}
"""Each folder of the server, and what is said of it."""


def patience(fault: str) -> float:
    return QUICK if FAULTS[fault] == "timed out" else TIMEOUT


def assert_filled(folder: Path) -> None:
    """The four files, as published, and nothing else."""
    assert {path.name for path in folder.iterdir()} == {gz(name) for name in FILES}
    for name in FILES:
        assert (folder / gz(name)).read_bytes() == (DATA / gz(name)).read_bytes()


def test_the_files_arrive(mirror: MirrorServer, tmp_path: Path) -> None:
    download(tmp_path / "new" / "folder", [mirror.url("good")])
    assert_filled(tmp_path / "new" / "folder")


@pytest.mark.parametrize("slash", ["", "/", "//"])
def test_a_mirror_may_end_in_a_slash(slash: str, mirror: MirrorServer, tmp_path: Path) -> None:
    download(tmp_path / "m", [mirror.url("good").rstrip("/") + slash])
    assert mirror.requests == [f"/good/{gz(name)}" for name in FILES]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_moves_on_to_the_next_mirror(fault: str, mirror: MirrorServer, tmp_path: Path) -> None:
    download(tmp_path / "m", [mirror.url(fault), mirror.url("good")], timeout=patience(fault))
    assert_filled(tmp_path / "m")


@pytest.mark.parametrize("fault", FAULTS)
def test_one_message_reports_that_all_mirrors_failed(
    fault: str, mirror: MirrorServer, refusing: str, tmp_path: Path
) -> None:
    with pytest.raises(CnnbpError) as info:
        download(tmp_path / "m", [refusing, mirror.url(fault)], timeout=patience(fault))
    assert list((tmp_path / "m").iterdir()) == []
    tried = info.value.problem.splitlines()[1:]
    assert tried[0].startswith(f"  {refusing}  ")
    assert "refused" in tried[0]
    assert tried[1].startswith(f"  {mirror.url(fault)}  ")
    assert FAULTS[fault] in tried[1]
    assert "\x1b" not in str(info.value)
    assert str(tmp_path / "m") in str(info.value.hint)
    assert all(gz(name) in str(info.value.hint) for name in FILES)


def test_a_mirror_that_only_drips_is_left(
    mirror: MirrorServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cnnbp_cli.mnist.download.MIN_RATE", 1e9)
    start = time.monotonic()
    with pytest.raises(CnnbpError, match=r"too slow: \d+ of 9,912,422 bytes"):
        download(tmp_path / "m", [mirror.url("drip")], timeout=QUICK)
    assert time.monotonic() - start < 5
    assert len(mirror.requests) == 1


@pytest.mark.parametrize("fault", ["drip-headers", "continues"])
def test_headers_without_end_are_cut_off(
    fault: str, mirror: MirrorServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The deadline holds while headers arrive, too; without it this test would wait for minutes."""
    monkeypatch.setattr("cnnbp_cli.mnist.download.MIN_RATE", 1e9)
    with pytest.raises(CnnbpError, match="too slow: 0 of 9,912,422 bytes"):
        download(tmp_path / "m", [mirror.url(fault)], timeout=QUICK)
    assert len(mirror.requests) == 1


@pytest.mark.parametrize("folder", ["fat-redirect", "endless-redirect"])
def test_the_body_of_a_redirect_is_not_read(folder: str, mirror: MirrorServer, tmp_path: Path) -> None:
    tracemalloc.start()
    try:
        download(tmp_path / "m", [mirror.url(folder)])
        assert tracemalloc.get_traced_memory()[1] < 24 << 20
    finally:
        tracemalloc.stop()
    for path, sent in mirror.sent.items():
        assert sent < 32 << 20, path  # what the sockets' buffers hold


def test_a_password_is_used_and_not_shown(mirror: MirrorServer, tmp_path: Path) -> None:
    def with_password(url: str, password: str) -> str:
        return url.replace("//", f"//user:{password}@")

    download(tmp_path / "m", [with_password(mirror.url("secret"), "s3cret")])
    assert_filled(tmp_path / "m")
    addresses = (with_password(mirror.url("secret"), "wr0ng"), "http://user:wr0ng@[::1", "ftp://user:wr0ng@host/")
    with pytest.raises(CnnbpError) as info:
        download(tmp_path / "n", addresses, timeout=QUICK)
    assert "wr0ng" not in str(info.value)
    assert "HTTP 401" in info.value.problem


def test_what_a_killed_download_left_is_removed_by_the_next(mirror: MirrorServer, tmp_path: Path) -> None:
    command = [sys.executable, "-c", PROCESS, str(tmp_path / "m"), mirror.url("stall")]
    with subprocess.Popen(command) as process:
        while not list((tmp_path / "m").glob(".download-*")):
            time.sleep(0.01)
        download(tmp_path / "m", [mirror.url("good")])
        assert list((tmp_path / "m").glob(".download-*")), "in use: not removed"
        process.kill()
    download(tmp_path / "m", [])
    assert_filled(tmp_path / "m")


@pytest.mark.skipif(sys.platform == "win32", reason="no permission bits")
@pytest.mark.parametrize("umask", [0o022, 0o002, 0o077])
def test_permissions_are_those_of_the_umask(umask: int, mirror: MirrorServer, tmp_path: Path) -> None:
    before = os.umask(umask)
    try:
        download(tmp_path / "m", [mirror.url("good")])
    finally:
        os.umask(before)
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "m").iterdir()} == {0o666 & ~umask}


@pytest.mark.parametrize("variable", CA_VARIABLES)
def test_certificates_that_cannot_be_read_are_named(
    variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for other in CA_VARIABLES:
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv(variable, str(tmp_path / "none.pem"))
    with pytest.raises(CnnbpError, match=f"the certificates that {variable} names cannot be read: No such file"):
        download(tmp_path / "m", ["https://127.0.0.1:9/"], timeout=QUICK)


@pytest.mark.parametrize("fault", ["silent", "stall"])
def test_a_mirror_that_does_not_answer_is_waited_for_once(fault: str, mirror: MirrorServer, tmp_path: Path) -> None:
    with pytest.raises(CnnbpError):
        download(tmp_path / "m", [mirror.url(fault)], timeout=QUICK)
    assert len(mirror.requests) == 1


def test_mirrors_are_tried_in_order(mirror: MirrorServer, tmp_path: Path) -> None:
    download(tmp_path / "m", [mirror.url(folder) for folder in ("404", "only-images", "good", "503")])
    assert [path.split("/")[1] for path in mirror.requests] == ["404"] * 4 + ["only-images"] * 4 + ["good"] * 2
    assert_filled(tmp_path / "m")


def test_mirrors_may_complete_each_other(mirror: MirrorServer, tmp_path: Path) -> None:
    download(tmp_path / "m", [mirror.url("only-images"), mirror.url("only-labels")])
    assert_filled(tmp_path / "m")


def test_existing_files_are_not_downloaded(mirror: MirrorServer, tmp_path: Path) -> None:
    (tmp_path / "train-images-idx3-ubyte").write_bytes(b"mine")
    download(tmp_path, [mirror.url("good")])
    assert len(mirror.requests) == 3
    assert (tmp_path / "train-images-idx3-ubyte").read_bytes() == b"mine"


def test_only_missing_files_are_requested_from_the_user(mirror: MirrorServer, tmp_path: Path) -> None:
    with pytest.raises(CnnbpError) as info:
        download(tmp_path / "m", [mirror.url("only-labels")])
    assert "images" in str(info.value.hint)
    assert "labels" not in str(info.value.hint)


@pytest.mark.parametrize("folder", ["moved", "labelled-gzip", "fat-redirect", "endless-redirect"])
def test_honest_oddities_are_followed(folder: str, mirror: MirrorServer, tmp_path: Path) -> None:
    download(tmp_path / "m", [mirror.url(folder)])
    assert_filled(tmp_path / "m")


def test_an_endless_body_is_cut_off(mirror: MirrorServer, tmp_path: Path) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(CnnbpError):
            download(tmp_path / "m", [mirror.url("endless")])
        assert tracemalloc.get_traced_memory()[1] < 24 << 20  # the server's pieces are counted too
    finally:
        tracemalloc.stop()
    for path, sent in mirror.sent.items():
        size = FILES[Path(path).stem].size
        assert sent < size + (32 << 20)  # what lies in the sockets' buffers


@examples(12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    address=st.text(max_size=20) | st.sampled_from(["http://[::1", "ftp://h/", "file:///etc/", "http://a..b/", "x:"])
)
def test_an_address_that_is_none_moves_on(address: str, tmp_path: Path) -> None:
    if address.startswith(("http://", "https://")) and "[" not in address and ".." not in address:
        return
    with pytest.raises(CnnbpError) as info:
        download(tmp_path / "m", [address], timeout=QUICK)
    assert "SHA-256" not in info.value.problem


def test_progress_is_reported(mirror: MirrorServer, tmp_path: Path) -> None:
    printed: dict[str, list[int]] = {}

    def progress(name: str, received: int, total: int) -> None:
        assert total == FILES[name.removesuffix(".gz")].size
        printed.setdefault(name, []).append(received)

    download(tmp_path / "m", [mirror.url("good")], progress=progress)
    assert list(printed) == [gz(name) for name in FILES]
    for name, release in FILES.items():
        received = printed[gz(name)]
        assert received[0] == 0
        assert received[-1] == release.size
        assert received == sorted(received)


def test_an_interruption_leaves_nothing(mirror: MirrorServer, tmp_path: Path) -> None:
    def interrupt(name: str, received: int, total: int) -> None:
        if received:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        download(tmp_path / "m", [mirror.url("good")], progress=interrupt)
    assert list((tmp_path / "m").iterdir()) == []


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CnnbpError, match="cannot write the downloaded files") as info:
        download(tmp_path / "file" / "mnist", [])
    assert info.value.where == str(tmp_path / "file" / "mnist")


PROCESS = """
import sys, warnings
from pathlib import Path
warnings.simplefilter("error")
from cnnbp_cli.mnist.download import download
download(Path(sys.argv[1]), [sys.argv[2]])
"""


def test_two_processes_at_once_in_silence(mirror: MirrorServer, tmp_path: Path) -> None:
    command = [sys.executable, "-c", PROCESS, str(tmp_path / "m"), mirror.url("two-at-once")]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) for _ in range(2)]
    outputs = [process.communicate(timeout=30)[0] for process in both]
    assert [(process.returncode, output) for process, output in zip(both, outputs, strict=True)] == [(0, b"")] * 2
    assert mirror.requests.count("/two-at-once/train-images-idx3-ubyte.gz") == 2
    assert_filled(tmp_path / "m")


def test_what_the_network_needs_is_imported_only_to_download() -> None:
    code = "import sys, cnnbp_cli.mnist.source; print([m for m in ('urllib3', 'ssl') if m in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_the_mirrors_and_their_order() -> None:
    assert [mirror.split("/")[2] for mirror in MIRRORS] == ["storage.googleapis.com", "ossci-datasets.s3.amazonaws.com"]
