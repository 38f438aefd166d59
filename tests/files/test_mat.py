""".mat files of MATLAB and Octave are read as what was saved."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.files.mat import read_mat
from cnnbp_cli.numerics.arrays import Array
from tests.hostile.mat_attacks import mat


def read(path: Path, **limits: int) -> dict[str, Array | str]:
    return read_mat(path, **{"max_bytes": 2**20, "max_numbers": 2**16, "max_names": 100, **limits})


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("dtype", ["f8", "f4", "i4", "u1"])
def test_arrays_are_read_as_they_were_saved(tmp_path: Path, compressed: bool, dtype: str) -> None:
    path = tmp_path / "saved.mat"
    whole = np.arange(120).reshape(2, 3, 4, 5).astype(dtype)
    path.write_bytes(
        mat(compressed=compressed, dW1=whole, conv1={"delta": whole[0], "layer": {"b": whole[0, 0]}}, id="a")
    )
    found = read(path)
    assert found.pop("id") == "a"
    for name, array in {"dW1": whole, "conv1.delta": whole[0], "conv1.layer.b": whole[0, 0]}.items():
        kept = found.pop(name)
        np.testing.assert_array_equal(kept, array)
        assert isinstance(kept, np.ndarray)
        assert kept.dtype == array.dtype
    assert found == {}


def test_limits_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "saved.mat"
    path.write_bytes(mat(compressed=True, a=np.zeros(1000), b=np.zeros(1000)))
    assert len(read(path)) == 2
    for limit, problem in (
        ({"max_bytes": 9000}, "decompresses to more than 9,000 bytes"),
        ({"max_numbers": 1999}, "holds too many numbers"),
        ({"max_names": 1}, "holds more than 1 variables"),
    ):
        with pytest.raises(CnnbpError, match=problem):
            read(path, **limit)


OCTAVE = """
dW1 = reshape(1:24, 2, 3, 4); conv1.delta = [1; 2; 3]; conv1.grad_bias = int32([4 5]); id = 'abc'; row = 1:5;
save('-v7', 'v7.mat', 'dW1', 'conv1', 'id', 'row'); save('-v6', 'v6.mat', 'dW1', 'conv1', 'id', 'row');
"""


@pytest.mark.skipif(not shutil.which("octave"), reason="Octave is not installed")
def test_octave_saves_what_is_read(tmp_path: Path) -> None:
    (tmp_path / "saves.m").write_text(OCTAVE)
    subprocess.run(["octave", "--no-gui", "-q", "saves.m"], cwd=tmp_path, check=True, timeout=120, capture_output=True)
    for version in ("v6", "v7"):
        found = read(tmp_path / f"{version}.mat")
        assert list(found) == ["dW1", "conv1.delta", "conv1.grad_bias", "id", "row"]
        np.testing.assert_array_equal(found["dW1"], np.arange(1, 25).reshape(2, 3, 4, order="F"))
        np.testing.assert_array_equal(found["conv1.delta"], [[1], [2], [3]])
        assert found["id"] == "abc"
        np.testing.assert_array_equal(found["row"], [[1, 2, 3, 4, 5]])
