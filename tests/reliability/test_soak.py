"""The soak in seconds, and that it would tell of a process that grows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.reliability.soak import grown, is_flat, soak, watch

LEAKING = {
    "rss": "kept.append(bytearray(2_000_000))",
    "files": "kept.append(open(__import__('os').devnull))",
    "threads": "t = __import__('threading').Thread(target=time.sleep, args=(60,), daemon=True); t.start()",
}


def test_a_training_stays_as_large_as_it_is(config: Path, data: Path, tmp_path: Path) -> None:
    result = soak(config, data, tmp_path / "run", seconds=5, interval=0.05, save_every=3)
    assert result["flat"], result
    assert result["epochs"] > 5
    assert result["samples"] > 20
    assert sys.platform == "win32" or result["exit_code"] == 143


@pytest.mark.parametrize("leak", LEAKING)
def test_a_growing_process_is_reported(leak: str) -> None:
    program = f"import time\nkept = []\nwhile True:\n    {LEAKING[leak]}\n    time.sleep(0.05)"
    with subprocess.Popen([sys.executable, "-c", program]) as process:
        samples = watch(process, seconds=1.5, interval=0.02)
        process.kill()
    assert getattr(grown(samples), leak) > 0
    assert not is_flat(grown(samples))
