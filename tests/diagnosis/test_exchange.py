from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnbp_cli.diagnosis import array_file
from cnnbp_cli.diagnosis.answers import read_answers
from cnnbp_cli.diagnosis.exchange import Exercise, pack, read_exercise
from cnnbp_cli.errors import CnnbpError
from tests.diagnosis.confusion import exercise
from tests.support.examples import examples

SHIPPED = exercise("shipped", 0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file"


def test_an_npz_is_read_by_numpy_alone(path: Path) -> None:
    path.write_bytes(pack(SHIPPED, "npz"))
    with np.load(path, allow_pickle=False) as file:
        arrays = dict(file)
    assert arrays["input"].shape == (7, 2, 17, 15)
    assert arrays["conv2.weight"].shape == (4, 3, 5, 2)
    assert arrays["dense1.weight"].shape == (6, 32)
    assert json.loads(str(arrays["config"]))["loss"] == "mse"
    assert "no flip" in str(arrays["conventions"])
    for name, tensor in SHIPPED.tensors.items():
        np.testing.assert_array_equal(arrays[name], tensor.exchanged(tensor.right))
    assert {array.dtype for array in arrays.values() if array.dtype.kind == "f"} == {np.dtype(np.float64)}
    z = np.einsum("nf,of->no", arrays["flatten1.a"], arrays["dense1.weight"]) + arrays["dense1.bias"]
    np.testing.assert_allclose(arrays["dense1.z"], z, rtol=1e-12)
    np.testing.assert_array_equal(arrays["target"].argmax(axis=1), arrays["labels"])


@pytest.mark.parametrize("file_format", ["npz", "json"])
def test_an_exercise_is_read_back_as_it_was(path: Path, file_format: array_file.Format) -> None:
    path.write_bytes(pack(SHIPPED, file_format))
    back = read_exercise(path)
    assert back.config == SHIPPED.config
    assert back.previous is not None
    assert back.questions.keys() == SHIPPED.questions.keys()
    for name, array in SHIPPED.questions.items():
        np.testing.assert_array_equal(back.questions[name], array)
    for name, tensor in SHIPPED.tensors.items():
        np.testing.assert_array_equal(back.tensors[name].right, tensor.right)


@pytest.mark.parametrize("file_format", ["npz", "json"])
def test_questions_only_holds_no_answer(path: Path, file_format: array_file.Format) -> None:
    path.write_bytes(pack(SHIPPED, file_format, questions_only=True))
    names = array_file.read_contents(path).keys()
    assert not names & SHIPPED.tensors.keys()
    assert names == {"id", "config", "conventions", *SHIPPED.questions}
    read_exercise(path)


def test_the_same_exercise_gives_the_same_bytes() -> None:
    assert pack(SHIPPED, "npz") == pack(SHIPPED, "npz")


def test_answers_in_a_file_are_not_believed(path: Path) -> None:
    contents = array_file.read_contents(written(path, pack(SHIPPED, "npz")))
    contents["conv1.delta"] = np.zeros(3)
    back = read_exercise(written(path, array_file.packed(contents, "npz")))
    np.testing.assert_array_equal(back.tensors["conv1.delta"].right, SHIPPED.tensors["conv1.delta"].right)


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def changed(path: Path, **changes: Any) -> Path:
    """The file of an exercise with other contents under some names, whose dots are written as __; None removes."""
    contents: dict[str, Any] = dict(array_file.read_contents(written(path, pack(SHIPPED, "npz"))))
    for name, value in changes.items():
        contents[name.replace("__", ".")] = value
    return written(path, array_file.packed({n: v for n, v in contents.items() if v is not None}, "npz"))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"config": None}, "it has no config"),
        ({"config": "{"}, "its config is not JSON"),
        ({"config": "[" * 10_000}, "its config is not JSON"),
        ({"config": '{"name": "x"}'}, "mistakes in the config"),
        ({"input": None}, "it has no input"),
        ({"input": np.zeros((7, 2, 17))}, "input has the shape (7, 2, 17); the config needs (7, 2, 17, 15)"),
        ({"input": np.full((7, 2, 17, 15), np.inf)}, "input holds numbers that are not finite"),
        ({"labels": np.array([9] * 7)}, "labels must be whole numbers from 0 to 5"),
        ({"labels": np.array([0.5] * 7)}, "labels must be whole numbers from 0 to 5"),
        ({"labels": np.zeros(0)}, "labels must be whole numbers from 0 to 5"),
        ({"conv1__weight": np.zeros((3, 2, 5, 4))}, "conv1.weight has the shape (3, 2, 5, 4)"),
        ({"previous__labels": None}, "it has no previous.labels"),
    ],
)
def test_files_that_are_not_an_exercise_are_reported(path: Path, changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(CnnbpError) as caught:
        read_exercise(changed(path, **changes))
    assert problem in str(caught.value)
    assert str(path) in str(caught.value)


def npz(**arrays: Any) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def header(shape: str, descr: str = "<f8") -> bytes:
    """An .npz of one array with this header and eight bytes of data."""
    text = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    array = b"\x93NUMPY\x01\x00" + (len(text)).to_bytes(2, "little") + text + bytes(8)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("conv1.delta.npy", array)
    return buffer.getvalue()


def twice() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in ("conv1.delta.npy", "conv1/delta.npy"):
            with archive.open(name, "w") as stream:
                np.lib.format.write_array(stream, np.zeros(2))
    return buffer.getvalue()


class Trap:
    """What runs when it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (pytest.fail, ("a pickle was opened",))


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04 rubbish", "is too short for an .npz file"),
        (pack(SHIPPED, "npz")[:-300], "is cut short, or not an .npz file"),
        (npz(), "holds no arrays"),
        (npz(**{"conv1.delta": np.array([Trap()], object)}), "not numbers"),
        (npz(**{"conv1.delta": np.array(["a", "b"])}), "not numbers"),
        (npz(**{"conv1.delta": np.zeros(2, complex)}), "holds complex numbers"),
        (npz(**{"conv1.delta": np.zeros((2,) * 9)}), "has 9 axes"),
        (header("(1000000, 1000000, 1000000)"), "holds 1,000,000,000,000,000,000 numbers"),
        (header("(2,)"), "holds 8 bytes of data, not the 16"),
        (header("(0, 10000000000000000000000000)"), "holds 8 bytes of data, not the 0"),
        (header("(-1,)"), "is not a plain array"),
        (header("__import__('os')"), "is not a plain array"),
        (header("(1,)", "|O"), "not numbers"),
        (twice(), "is in it twice"),
        (b"\xff\xfe\x00", "is not UTF-8 text"),
        (b"[1, 2]", "is JSON without names"),
        (b'{"conv1.delta": [1, 2', "is neither an .npz, .npy or .mat file nor JSON"),
        (b"[" * 100_000, "is JSON that is nested too deeply"),
        (b'{"a":' * 4000, "is JSON that is nested too deeply"),
        (b'{"a":' * 100_000, "holds more than 2,000,000 values or 4,096 names"),
        (b'{"' + b"n" * 201 + b'": 1}', "a name in it has more than 200 characters"),
        (b'{"a": {"' + b"n" * 199 + b'": 1}}', "a name in it has more than 200 characters"),
        (npz(config=np.array("x" * (array_file.MAX_TEXT + 1))), "is a text of 1,048,577 characters"),
        (
            npz(config=np.array(["x"], "<U1").view("<u4").__ior__(0x110000).view("<U1")[0:1].reshape(())),
            "invalid characters",
        ),
        (b'{"conv1.delta": [[1, 2], [3]]}', "is ragged"),
        (b'{"conv1.delta": [[1, 2], 3]}', "is ragged"),
        (b'{"conv1.delta": [1, [2]]}', "is ragged"),
        (b'{"conv1.delta": [[[[[[[[[1]]]]]]]]]}', "has 9 axes"),
        (b'{"conv1.delta": [1, "two"]}', "holds two, which is not a number"),
        (b'{"conv1.delta": [true]}', "holds True, which is not a number"),
        (b'{"conv1.delta": [1], "conv1.delta": [2]}', "a name occurs twice"),
        (b'{"conv1.delta": [1], "conv1": {"delta": [2]}}', "is in it twice"),
        (b'{"\x1b[31mred": [1]}', "is neither an .npz, .npy or .mat file nor JSON"),
    ],
)
def test_hostile_files_are_reported_in_one_line(path: Path, data: bytes, problem: str) -> None:
    with pytest.raises(CnnbpError) as caught:
        read_answers(written(path, data), SHIPPED)
    assert problem in caught.value.problem
    assert "\n" not in caught.value.problem
    assert "\x1b" not in str(caught.value)


def test_what_unpacks_to_too_much_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(array_file, "MAX_BYTES", 10_000)
    with pytest.raises(CnnbpError, match="decompresses to 800,128 bytes"):
        read_answers(written(path, npz(**{"conv1.delta": np.zeros(100_000)})), SHIPPED)
    with pytest.raises(CnnbpError, match="the most that is read"):
        read_answers(written(path, bytes(array_file.MAX_JSON + 1)), SHIPPED)


def test_numbers_that_are_too_large_or_none_are_kept_as_such(path: Path) -> None:
    numbers = "9" * 5000
    data = f'{{"conv1": {{"grad_bias": [{numbers}, null, NaN]}}}}'.encode()
    (array,) = read_answers(written(path, data), SHIPPED).values()
    np.testing.assert_array_equal(array, [np.inf, np.nan, np.nan])


@examples(60)
@given(data=st.binary(max_size=200), start=st.sampled_from([b"", b"PK", b"{", pack(SHIPPED, "npz")[:500]]))
def test_any_bytes_give_a_clear_error(tmp_path_factory: pytest.TempPathFactory, data: bytes, start: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "bytes"
    with pytest.raises(CnnbpError):
        read_answers(written(path, start + data), SHIPPED)


def test_there_is_no_such_file(tmp_path: Path) -> None:
    for path, problem in ((tmp_path / "none", "there is no such file"), (tmp_path, "is a folder")):
        with pytest.raises(CnnbpError, match=problem):
            read_answers(path, SHIPPED)


@pytest.mark.parametrize("name", ["conv1.grad_weight", "conv1_grad_weight", "conv1.gradWeight", "CONV1/grad_weight"])
def test_the_signs_between_the_parts_of_a_name_do_not_matter(path: Path, name: str) -> None:
    assert read_answers(written(path, npz(**{name: np.zeros(3)})), SHIPPED).keys() == {"conv1.grad_weight"}


def test_an_unknown_name_is_reported_with_the_likely_one(path: Path) -> None:
    data = npz(**{"conv1.gradweigth": np.zeros(3), "x": np.zeros(3), "conv1.delta": np.zeros(3)})
    with pytest.raises(CnnbpError) as caught:
        read_answers(written(path, data), SHIPPED)
    assert caught.value.problem.splitlines() == [
        "conv1.gradweigth is not in the exercise; did you mean conv1.grad_weight?",
        "x is not in the exercise",
    ]
    assert "conv2.grad_input" in str(caught.value.hint)


def test_one_tensor_under_two_names_is_reported(path: Path) -> None:
    data = npz(**{"conv1.delta": np.zeros(3), "conv1_delta": np.zeros(3)})
    with pytest.raises(CnnbpError, match=r"conv1\.delta is in it under two names"):
        read_answers(written(path, data), SHIPPED)


def test_a_file_of_questions_answers_nothing(path: Path) -> None:
    data = pack(Exercise(SHIPPED.config, SHIPPED.trace, SHIPPED.previous), "npz", questions_only=True)
    with pytest.raises(CnnbpError, match="holds none of the exercise's deltas and gradients"):
        read_answers(written(path, data), SHIPPED)


def test_answers_to_another_exercise_are_reported_once(path: Path) -> None:
    other = Exercise(SHIPPED.config, SHIPPED.trace)
    with pytest.raises(CnnbpError, match=f"answers the exercise {other.id}, not {SHIPPED.id}"):
        read_answers(written(path, npz(id=np.array(other.id), **{"conv1.delta": np.zeros(3)})), SHIPPED)
    wider = {name: np.zeros((9, *array.shape[1:])) for name, array in _answers().items() if "grad_input" in name}
    with pytest.raises(CnnbpError, match=r"answers another exercise: .* tensors have other shapes, such as dense1"):
        read_answers(written(path, npz(**wider)), SHIPPED)


def _answers() -> dict[str, Any]:
    return {name: tensor.exchanged(tensor.right) for name, tensor in SHIPPED.tensors.items()}


def test_an_exercise_that_overflows_is_refused(path: Path) -> None:
    with pytest.raises(CnnbpError, match="overflows"):
        read_exercise(changed(path, **{"dense1.weight": np.full((6, 32), 1e200)}))
