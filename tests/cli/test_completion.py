"""What the shell offers after Tab, asked as a shell asks: the program is run with the line typed so far."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cnnbp_cli.commands.presets import presets
from cnnbp_cli.config import load_config
from cnnbp_cli.gradients.entries import find, first_entries
from cnnbp_cli.gradients.trace import trace
from cnnbp_cli.network import Network
from tests.cli.small import ROOT
from tests.cli.test_app import HEAVY


@pytest.fixture
def complete(cnnbp: Callable, trained: Path, small: Path) -> Callable:
    """The proposals for a line, in a folder with runs and a config."""
    place = trained.parents[1]
    (place / "configs").mkdir(exist_ok=True)
    (place / "configs" / "net.yaml").write_text(small.read_text(encoding="utf-8"), encoding="utf-8")

    def proposals(line: str) -> list[str]:
        words = line.split()
        env = {
            "_CNNBP_COMPLETE": "complete_bash",
            "COMP_WORDS": line,
            "COMP_CWORD": str(len(words) - (not line.endswith(" "))),
        }
        result = cnnbp(cwd=place, env=env)
        assert (result.returncode, result.stderr) == (0, "")
        return result.stdout.split()

    return proposals


RUN = Path("runs", "small-001")
HELD = [str(RUN / "best.npz"), str(RUN / "last.npz")]


@pytest.mark.skipif(sys.platform == "win32", reason="bash and its slashes")
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("cnnbp train --config ", ["configs/net.yaml"]),
        ("cnnbp train --config configs/", ["configs/net.yaml"]),
        ("cnnbp profile --config configs/n", ["configs/net.yaml"]),
        ("cnnbp config show configs/x", []),
        ("cnnbp evaluate ", [str(RUN)]),
        ("cnnbp predict --checkpoint runs/sm", [str(RUN)]),
        ("cnnbp train --resume runs/small-001/", HELD),
        ("cnnbp inspect-gradients --checkpoint runs/small-001/b", HELD[:1]),
        ("cnnbp health ", [str(RUN)]),
        ("cnnbp init --preset le", ["lenet5"]),
        ("cnnbp init --preset ", [*presets()]),
        ("cnnbp inspect-gradients --config configs/net.yaml --explain conv1.w", ["conv1.weight[0,0,0,0]"]),
        ("cnnbp inspect-gradients --checkpoint runs/small-001 --explain dense1.b", ["dense1.bias[0]"]),
        ("cnnbp inspect-gradients --config configs/gone.yaml --explain ", []),
        ("cnnbp inspect-gradients --explain c", []),
    ],
)
def test_proposals(complete: Callable, line: str, expected: list[str]) -> None:
    assert complete(line) == expected


@pytest.mark.parametrize("name", ["seed", "lenet5"])
def test_every_entry_that_is_offered_can_be_explained(name: str) -> None:
    config = load_config(ROOT / "configs" / f"{name}.yaml")
    network = Network(config.input, config.layers, config.loss)
    params = network.init(np.random.default_rng(0), np.float64)
    traced = trace(network, params, np.zeros((*network.input_shape, 1)), np.array([3]))
    offered = [*first_entries(network)]
    assert len({*offered}) == len(offered) > 20
    for text in offered:
        layer, what, index = find(traced, text)
        assert text.startswith(f"{layer.name}.{what}[")
        assert not any(index)


def test_paths_and_presets_are_offered_without_heavy_imports(environment: dict[str, str]) -> None:
    program = (
        "import sys\n"
        "from cnnbp_cli.app import app\n"
        "from cnnbp_cli.commands import completion\n"
        "for complete in ('config', 'run', 'checkpoint', 'preset'):\n"
        "    getattr(completion, f'complete_{complete}')(incomplete='')\n"
        "print(*sorted(sys.modules))"
    )
    command = [sys.executable, "-c", program]
    shown = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert not {*HEAVY} & {*shown.split()}
