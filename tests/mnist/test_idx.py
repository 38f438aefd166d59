"""The IDX reader: what is written is read back, and nothing else is ever accepted as an array."""

from __future__ import annotations

import gzip
import os
import struct
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.mnist.idx import MAX_BYTES, MAX_MEMBERS, MAX_UNVERIFIED_BYTES, read_idx
from tests.mnist.idx_files import idx_bytes
from tests.support.examples import examples

PACKINGS = pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
SMALL = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("idx") / "train-images-idx3-ubyte.gz"


@contextmanager
def refused(path: Path, *words: str) -> Iterator[None]:
    with pytest.raises(CnnbpError) as info:
        yield
    assert info.value.where == str(path)
    assert info.value.hint
    for word in words:
        assert word in info.value.problem


@contextmanager
def memory_below(limit: int) -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < limit
    finally:
        tracemalloc.stop()


@PACKINGS
@given(array=arrays(np.uint8, array_shapes(min_dims=1, max_dims=4, max_side=6)))
def test_what_is_written_is_read_back(array: np.ndarray, pack: Callable[[bytes], bytes], place: Path) -> None:
    place.write_bytes(pack(idx_bytes(array)))
    read = read_idx(place, ndim=array.ndim)
    assert read.dtype == np.uint8
    np.testing.assert_array_equal(read, array, strict=True)
    assert not read.flags.writeable


@PACKINGS
def test_cut_at_every_byte(pack: Callable[[bytes], bytes], place: Path) -> None:
    whole = pack(idx_bytes(SMALL))
    for length in range(len(whole)):
        place.write_bytes(whole[:length])
        with refused(place):
            read_idx(place, ndim=3)


@PACKINGS
def test_one_byte_too_many(pack: Callable[[bytes], bytes], place: Path) -> None:
    place.write_bytes(pack(idx_bytes(SMALL) + b"x"))
    with refused(place, "too long"):
        read_idx(place, ndim=3)


def test_something_after_the_gzip_stream(place: Path) -> None:
    place.write_bytes(gzip.compress(idx_bytes(SMALL)) + b"more")
    with refused(place, "damaged gzip"):
        read_idx(place, ndim=3)


def test_a_flipped_bit_in_each_byte_of_a_gzip_file_is_noticed_or_harmless(place: Path) -> None:
    whole = gzip.compress(idx_bytes(SMALL), mtime=0)
    for position in range(len(whole)):
        damaged = bytearray(whole)
        damaged[position] ^= 1 << position % 8
        place.write_bytes(damaged)
        try:
            np.testing.assert_array_equal(read_idx(place, ndim=3), SMALL)
        except CnnbpError as error:
            assert error.where == str(place)


@PACKINGS
@pytest.mark.parametrize(
    ("header", "words"),
    [
        (b"\x01\x00\x08\x03", "not an IDX file"),
        (b"\x00\x01\x08\x03", "not an IDX file"),
        (b"PK\x03\x04", "50 4b 03 04"),
        (b"\x00\x00\x09\x03", "type 0x09"),
        (b"\x00\x00\x0d\x03", "type 0x0d"),
        (b"\x00\x00\x08\x01", "1 dimensions instead of 3"),
        (b"\x00\x00\x08\xff", "255 dimensions instead of 3"),
    ],
)
def test_wrong_magic(header: bytes, words: str, pack: Callable[[bytes], bytes], place: Path) -> None:
    place.write_bytes(pack(header + idx_bytes(SMALL)[4:]))
    with refused(place, words):
        read_idx(place, ndim=3)


@PACKINGS
@given(body=st.binary(max_size=64), ndim=st.integers(1, 3))
def test_any_bytes_give_an_array_or_a_message(
    body: bytes, ndim: int, pack: Callable[[bytes], bytes], place: Path
) -> None:
    place.write_bytes(pack(body))
    try:
        array = read_idx(place, ndim=ndim)
    except CnnbpError as error:
        assert error.where == str(place)
    else:
        assert idx_bytes(array) == body


@PACKINGS
@given(shape=st.tuples(*[st.integers(0, 2**32 - 1)] * 3))
@examples(60)
def test_a_false_header_costs_no_memory(
    shape: tuple[int, int, int], pack: Callable[[bytes], bytes], place: Path
) -> None:
    place.write_bytes(pack(b"\0\0\x08\x03" + struct.pack(">3I", *shape) + b"some data"))
    with memory_below(1 << 18), refused(place):
        read_idx(place, ndim=3)


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((2**32 - 1, 2**32 - 1, 2**32 - 1), "more than the"),
        ((1 << 10, 1 << 10, 1 << 10), "more than a file of its length can hold"),  # within MAX_BYTES
        ((0, 28, 28), "empty"),
        ((2**32 - 1, 0, 2**32 - 1), "empty"),
    ],
)
@PACKINGS
def test_the_message_about_a_false_header(
    shape: tuple[int, ...], words: str, pack: Callable[[bytes], bytes], place: Path
) -> None:
    place.write_bytes(pack(b"\0\0\x08\x03" + struct.pack(">3I", *shape) + b"data"))
    with memory_below(1 << 18), refused(place, words, "×".join(map(str, shape))):
        read_idx(place, ndim=3)


def test_a_gzip_bomb_is_read_only_as_far_as_declared(place: Path) -> None:
    place.write_bytes(gzip.compress(idx_bytes(SMALL) + bytes(100 << 20), compresslevel=1))
    with memory_below(1 << 20), refused(place, "too long"):
        read_idx(place, ndim=3)


def test_a_declared_gzip_bomb_stops_at_the_bound(place: Path) -> None:
    packed = gzip.compress(b"\0\0\x08\x01" + struct.pack(">I", 32 << 20) + bytes(32 << 20))
    assert len(packed) * 1032 > 32 << 20  # as dense as deflate can be, and still believed
    place.write_bytes(packed)
    with memory_below(1 << 20), refused(place, "more than the"):
        read_idx(place, ndim=1, max_bytes=(32 << 20) - 1)
    assert read_idx(place, ndim=1, max_bytes=32 << 20).size == 32 << 20


def test_a_declared_gzip_bomb_that_ends_too_early_is_not_kept(place: Path) -> None:
    size = MAX_UNVERIFIED_BYTES + 1
    place.write_bytes(gzip.compress(b"\0\0\x08\x01" + struct.pack(">I", size) + bytes(size - 1), 1))
    with memory_below(1 << 20), refused(place, "cut short"):
        read_idx(place, ndim=1)


def test_a_name_without_end_in_the_gzip_header_is_skipped(place: Path) -> None:
    packed = gzip.compress(idx_bytes(SMALL), mtime=0)
    place.write_bytes(packed[:3] + b"\x08" + packed[4:10] + b"n" * (1 << 20) + b"\0" + packed[10:])
    with memory_below(1 << 20):
        np.testing.assert_array_equal(read_idx(place, ndim=3), SMALL)
    place.write_bytes(packed[:3] + b"\x08" + packed[4:10] + b"n" * (1 << 20))
    with refused(place, "ends within a member"):
        read_idx(place, ndim=3)


def test_the_bound_lets_the_largest_known_set_through() -> None:
    assert MAX_BYTES > 697_932 * 28 * 28  # EMNIST byclass


def test_missing(tmp_path: Path) -> None:
    with refused(tmp_path / "none.gz", "no such file"):
        read_idx(tmp_path / "none.gz", ndim=3)


def test_a_folder_where_a_file_belongs(tmp_path: Path) -> None:
    with refused(tmp_path, "is a folder"):
        read_idx(tmp_path, ndim=3)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_does_not_hang(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with refused(pipe, "not a file"):
        read_idx(pipe, ndim=3)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "locked.gz"
    path.write_bytes(gzip.compress(idx_bytes(SMALL)))
    path.chmod(0)
    with refused(path, "Permission denied"):
        read_idx(path, ndim=3)


@pytest.mark.parametrize("padding", [0, 3, 70_000])
@pytest.mark.parametrize("cut", [0, 3, 17, 30])
def test_a_gzip_file_of_several_members(place: Path, cut: int, padding: int) -> None:
    """RFC 1952, section 2.2: members follow one another; zeros may pad them."""
    whole = idx_bytes(SMALL)
    members = [gzip.compress(part) for part in (whole[:cut], b"", whole[cut:])]
    place.write_bytes(bytes(padding).join(members) + bytes(padding))
    assert np.array_equal(read_idx(place, ndim=3), SMALL)


def test_what_follows_the_last_member_is_refused(place: Path) -> None:
    place.write_bytes(gzip.compress(idx_bytes(SMALL)) + b"\0more")
    with refused(place, "something else follows its last member"):
        read_idx(place, ndim=3)


def test_members_without_end_are_refused(place: Path) -> None:
    place.write_bytes(gzip.compress(b"") * (MAX_MEMBERS + 1) + gzip.compress(idx_bytes(SMALL)))
    with refused(place, f"more than {MAX_MEMBERS:,} members"):
        read_idx(place, ndim=3)
