"""Archives: NumPy reads them, what was packed comes back, and no file costs more than a refusal."""

from __future__ import annotations

import io
import os
import re
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnbp_cli.errors import CnnbpError, ExitCode
from cnnbp_cli.files.npy import Header
from cnnbp_cli.files.npz import MAX_DIRECTORY, open_archive, pack
from tests.mnist.idx_files import DATA
from tests.training.trainings import peak_memory

ARRAYS: dict[str, Any] = {
    "conv1.weight": np.arange(6, dtype="<f4").reshape(2, 3),
    "metrics": np.zeros((0, 7), "<f8"),
    "meta": np.frombuffer(b'{"a": 1}', "|u1"),
}
EXPECTED = {name: Header(array.dtype.str, array.shape) for name, array in ARRAYS.items()}
LIMIT = 1 << 20

names = st.text("abcdefgh.12_", min_size=1, max_size=12)
shapes = st.lists(st.integers(0, 4), max_size=4).map(tuple)
dtypes = st.sampled_from(["<f4", "<f8", "|u1"])


@st.composite
def arrays(draw: st.DrawFn) -> np.ndarray[Any, Any]:
    shape, dtype = draw(shapes), draw(dtypes)
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    return np.frombuffer(draw(st.binary(min_size=size, max_size=size)) or b"", dtype).reshape(shape)


def read(path: Path, expected: Mapping[str, Header] = EXPECTED) -> dict[str, np.ndarray[Any, Any]]:
    with open_archive(path, max_bytes=LIMIT, hint="Take another one.") as archive:
        archive.expect(expected)
        return {name: archive.read(name, header) for name, header in expected.items()}


def refused(path: Path) -> str:
    with pytest.raises(CnnbpError) as caught:
        read(path)
    error = caught.value
    assert error.exit_code == ExitCode.USAGE
    assert error.where == str(path)
    assert error.hint == "Take another one."
    assert error.problem.isprintable()
    return error.problem


def savez(path: Path, **changes: Any) -> Path:
    """The arrays as NumPy itself writes them, some replaced; None leaves one out."""
    np.savez(path, **{name: array for name, array in {**ARRAYS, **changes}.items() if array is not None})
    return path


def npy(array: Any, *, header: str | None = None, data: bytes | None = None) -> bytes:
    """The .npy bytes of an array, with another header or other data where given."""
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.asarray(array), version=(1, 0))
    if header is None and data is None:
        return buffer.getvalue()
    raw = buffer.getvalue()
    length = int.from_bytes(raw[8:10], "little")
    text = raw[10 : 10 + length] if header is None else header.encode().ljust(117) + b"\n"
    return raw[:8] + struct.pack("<H", len(text)) + text + (raw[10 + length :] if data is None else data)


def zipped(path: Path, members: list[tuple[str, bytes]], compression: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return path


MEMBERS = [(f"{name}.npy", npy(array)) for name, array in ARRAYS.items()]


@given(st.dictionaries(names, arrays(), max_size=5))
def test_what_is_packed_comes_back(tmp_path_factory: pytest.TempPathFactory, packed: dict[str, Any]) -> None:
    path = tmp_path_factory.mktemp("archive") / "a.npz"
    path.write_bytes(pack(packed))
    found = read(path, {name: Header(array.dtype.str, array.shape) for name, array in packed.items()})
    with np.load(path, allow_pickle=False) as numpys:
        assert sorted(numpys) == sorted(packed)
        for name, array in packed.items():
            assert found[name].dtype == numpys[name].dtype == array.dtype
            assert found[name].shape == numpys[name].shape == array.shape
            assert found[name].tobytes() == numpys[name].tobytes() == array.tobytes()


def test_the_same_arrays_give_the_same_bytes() -> None:
    assert pack(ARRAYS) == pack(dict(ARRAYS))


def test_reads_what_numpy_wrote(tmp_path: Path) -> None:
    found = read(savez(tmp_path / "a.npz"))
    assert all(np.array_equal(found[name], array) for name, array in ARRAYS.items())


def test_reads_what_zipfile_wrote(tmp_path: Path) -> None:
    assert read(zipped(tmp_path / "a.npz", MEMBERS)).keys() == ARRAYS.keys()


def test_every_truncation_is_refused(tmp_path: Path) -> None:
    data = pack(ARRAYS)
    path = tmp_path / "a.npz"
    for length in range(len(data)):
        path.write_bytes(data[:length])
        assert refused(path)


@given(st.data())
def test_a_flipped_bit_is_refused_or_harmless(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    path = tmp_path_factory.mktemp("archive") / "a.npz"
    original = pack(ARRAYS)
    damaged = bytearray(original)
    damaged[data.draw(st.integers(0, len(original) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(damaged)
    try:
        found = read(path)
    except CnnbpError as error:
        assert error.problem.isprintable()
    else:
        assert all(found[name].tobytes() == array.tobytes() for name, array in ARRAYS.items())


def test_every_flipped_byte_is_refused_or_harmless(tmp_path: Path) -> None:
    original = pack(ARRAYS)
    path = tmp_path / "a.npz"
    harmless = 0
    for place in range(len(original)):
        path.write_bytes(original[:place] + bytes([original[place] ^ 0xFF]) + original[place + 1 :])
        try:
            found = read(path)
        except CnnbpError:
            continue
        assert all(found[name].tobytes() == array.tobytes() for name, array in ARRAYS.items())
        harmless += 1
    assert harmless < len(original) / 4  # dates, rights and the like


@given(st.binary(max_size=400), st.booleans())
def test_noise_is_refused(tmp_path_factory: pytest.TempPathFactory, noise: bytes, with_an_end: bool) -> None:
    path = tmp_path_factory.mktemp("archive") / "a.npz"
    path.write_bytes(noise + (pack(ARRAYS)[-22:] if with_an_end else b""))
    assert refused(path)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"conv1.weight": None}, "lacks 'conv1.weight'"),
        ({"extra": np.zeros(1)}, "holds 'extra', which does not belong there"),
        ({"../../x": np.zeros(1)}, "holds '../../x', which does not belong there"),
        ({"\x1b[31mred": np.zeros(1)}, r"holds '\\x1b\[31mred'"),
        ({"conv1.weight": np.zeros((2, 3), "<f8")}, "is '<f8' .* not '<f4'"),
        ({"conv1.weight": np.zeros((2, 3), ">f4")}, "is '>f4' .* not '<f4'"),
        ({"conv1.weight": np.zeros((3, 2), "<f4")}, r"\(3, 2\) .* not .* \(2, 3\)"),
        ({"conv1.weight": np.zeros((2, 3), "<f4", order="F")}, "Fortran order"),
        ({"conv1.weight": np.array([[print] * 3] * 2, object)}, r"is '\|O'"),
        ({"conv1.weight": np.zeros((2, 3), [("a", "<f4")])}, "not a plain array"),
        ({"meta": np.array("text")}, "is '<U4'"),
    ],
)
def test_an_array_that_is_not_the_expected_one_is_refused(
    tmp_path: Path, changes: dict[str, Any], complaint: str
) -> None:
    problem = refused(savez(tmp_path / "a.npz", **changes))
    assert re.search(complaint, problem), problem


HEADER = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"


@pytest.mark.parametrize(
    ("member", "complaint"),
    [
        (npy(ARRAYS["conv1.weight"], header=HEADER.replace("(2, 3)", "(1000000, 1000000)")), "(1000000, 1000000)"),
        (npy(ARRAYS["conv1.weight"], header=HEADER.replace("(2, 3)", f"({10**150},)")), "not '<f4' (2, 3)"),
        (npy(ARRAYS["conv1.weight"], header=HEADER.replace("(2, 3)", "(-2, -3)")), "not a plain array"),
        (npy(ARRAYS["conv1.weight"], header=HEADER.replace("(2, 3)", "__import__('os')")), "not a plain array"),
        (npy(ARRAYS["conv1.weight"], header="(" * 100), "not a plain array"),
        (npy(ARRAYS["conv1.weight"], data=b"\0" * 23), "23 bytes of data, not the 24"),
        (npy(ARRAYS["conv1.weight"], data=b"\0" * 25), "25 bytes of data, not the 24"),
        (b"\x93NUMPY\1\0\xff\xff" + b" " * 70_000, "is not an .npy array"),
        (b"\x93NUMPY\2\0\xff\xff\xff\x7f{}", "is not an .npy array"),
        (b"", "not an .npy array"),
        (b"\x80\x04cos\nsystem\n.", "not an .npy array"),
    ],
)
def test_a_member_with_false_sizes_is_refused(tmp_path: Path, member: bytes, complaint: str) -> None:
    path = zipped(tmp_path / "a.npz", [("conv1.weight.npy", member), *MEMBERS[1:]])
    assert complaint in refused(path)


def test_a_declared_terabyte_takes_no_memory(tmp_path: Path) -> None:
    huge = HEADER.replace("(2, 3)", "(300000, 1000000)")
    path = zipped(tmp_path / "a.npz", [("conv1.weight.npy", npy(ARRAYS["conv1.weight"], header=huge)), *MEMBERS[1:]])
    assert peak_memory(lambda: refused(path)) < 1 << 20


def test_damage_is_found_before_memory_is_taken(tmp_path: Path) -> None:
    """What a checkpoint says of its shapes is compared first, then its checksums, piece by piece."""
    large = {"a": np.zeros(4 << 20, "<f4"), "b": np.zeros(3)}
    data = bytearray(pack(large))
    data[8 << 20] ^= 1  # within "a"
    path = tmp_path / "a.npz"
    path.write_bytes(data)

    def refused() -> None:
        with pytest.raises(CnnbpError, match="Bad CRC-32"), open_archive(path, max_bytes=1 << 30, hint="…") as archive:
            archive.expect({name: Header(array.dtype.str, array.shape) for name, array in large.items()})

    assert peak_memory(refused) < 4 << 20


def test_a_duplicate_name_is_refused(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        path = zipped(tmp_path / "a.npz", [*MEMBERS, MEMBERS[0]])
    assert "'conv1.weight' twice" in refused(path)


def test_a_member_that_is_no_array_is_refused(tmp_path: Path) -> None:
    assert "'run.sh'" in refused(zipped(tmp_path / "a.npz", [*MEMBERS, ("run.sh", b"rm -r /")]))


def test_a_compressed_bomb_is_refused_unopened(tmp_path: Path) -> None:
    bomb = npy(ARRAYS["conv1.weight"], data=bytes(50 << 20))
    path = zipped(tmp_path / "a.npz", [("conv1.weight.npy", bomb), *MEMBERS[1:]], zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < LIMIT
    assert "compressed" in refused(path)
    assert peak_memory(lambda: refused(path)) < 1 << 20


def test_a_file_beyond_the_limit_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    with path.open("wb") as file:
        file.truncate(1 << 40)  # a sparse terabyte
    assert "1,099,511,627,776 bytes" in refused(path)


def test_a_long_list_of_members_is_refused_unread(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.npz", [(f"{number:06d}.npy", b"") for number in range(MAX_DIRECTORY // 56 + 1)])
    assert path.stat().st_size < LIMIT
    assert "far too many arrays" in refused(path)


def test_arrays_that_share_their_bytes_are_refused(tmp_path: Path) -> None:
    """A small file could otherwise cost the memory of many arrays."""
    data = pack({"a": np.zeros(1000, "<f4")})
    start = data.index(b"PK\1\2")
    entry = data[start:-22]
    directory = entry + entry.replace(b"a.npy", b"b.npy")
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 2, 2, len(directory), start, 0)
    path = tmp_path / "a.npz"
    path.write_bytes(data[:start] + directory + end)
    assert "arrays overlap" in refused(path)


def with_end(data: bytes, **changes: int) -> bytes:
    """The archive with other values in the record at its end."""
    fields = ["disk", "first", "here", "entries", "size", "offset", "comment"]
    values = dict(zip(fields, struct.unpack("<4H2LH", data[-18:]), strict=True)) | changes
    return data[:-22] + b"PK\5\6" + struct.pack("<4H2LH", *values.values())


@pytest.mark.parametrize(
    "changes",
    [
        {"offset": 2**32 - 1},
        {"offset": 0},
        {"size": 0},
        {"size": MAX_DIRECTORY},
        {"size": 2**32 - 1},
        {"comment": 7},
    ],
)
def test_a_false_end_record_is_refused(tmp_path: Path, changes: dict[str, int]) -> None:
    path = tmp_path / "a.npz"
    path.write_bytes(with_end(pack(ARRAYS), **changes))
    assert refused(path)


def test_a_zip64_end_cannot_smuggle_in_a_longer_list(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.npz", [(f"{number:06d}.npy", b"") for number in range(MAX_DIRECTORY // 56 + 1)])
    data = path.read_bytes()
    here, entries, size, offset = struct.unpack("<2H2L", data[-14:-2])
    end64 = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, here, entries, size, offset)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, len(data) - 22, 1)
    path.write_bytes(data[:-22] + end64 + locator + with_end(data, size=100)[-22:])
    with zipfile.ZipFile(path) as archive:
        assert len(archive.namelist()) == entries  # zipfile believes the second end
    assert peak_memory(lambda: refused(path)) < 1 << 20


def test_an_encrypted_member_is_refused(tmp_path: Path) -> None:
    data = bytearray(pack(ARRAYS))
    directory = data.index(b"PK\1\2")
    data[directory + 8] |= 1
    path = tmp_path / "a.npz"
    path.write_bytes(data)
    assert refused(path)


@pytest.mark.parametrize(
    ("name", "complaint"), [("missing.npz", "no such file"), (".", "a folder"), ("a\0b", "no such file|cannot be read")]
)
def test_a_path_that_is_not_a_file_is_reported(tmp_path: Path, name: str, complaint: str) -> None:
    with pytest.raises(CnnbpError, match=complaint), open_archive(tmp_path / name, max_bytes=LIMIT, hint="…"):
        pass


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_a_named_pipe_is_reported_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "device" in refused(tmp_path / "pipe")


def test_another_kind_of_file_is_reported(tmp_path: Path) -> None:
    assert "not an .npz file" in refused(DATA / "t10k-labels-idx1-ubyte.gz")
