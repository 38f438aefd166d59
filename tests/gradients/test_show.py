"""What people see of an inspection: in colour and without, on narrow consoles and wide ones."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from cnnbp_cli.gradients.check import check
from cnnbp_cli.gradients.explain import Explainer
from cnnbp_cli.gradients.trace import Trace, trace
from cnnbp_cli.gradients.walk import answer, backward_walk, forward_walk
from cnnbp_cli.layers.conv import Conv2D
from cnnbp_cli.layers.dense import Dense
from cnnbp_cli.layers.flatten import Flatten
from cnnbp_cli.layers.global_pooling import GlobalMaxPool2D
from cnnbp_cli.layers.pooling import MaxPool2D
from cnnbp_cli.network import Network
from cnnbp_cli.show.explain import explanation_document, show_explanation
from cnnbp_cli.show.picture import NEGATIVE, POSITIVE, ZERO, Picture, show_pictures
from cnnbp_cli.show.walk import check_document, show_check, show_delta_path, show_walk, walk_document
from tests.gradients.test_explain import small
from tests.gradients.test_walk import seed


def console(width: int, *, color: bool = False) -> tuple[Console, io.StringIO]:
    """A console as the commands make it, and what is printed on it."""
    printed = io.StringIO()
    system = "truecolor" if color else None
    made = Console(file=printed, width=width, markup=False, highlight=False, force_terminal=color, color_system=system)  # type: ignore[arg-type]
    return made, printed


@pytest.fixture(scope="module")
def traced() -> Trace:
    return trace(*seed())


@pytest.mark.parametrize("width", [80, 120])
def test_the_tables_fit(traced: Trace, width: int) -> None:
    out, printed = console(width)
    show_walk(out, "Forward pass", list(forward_walk(traced)))
    show_walk(out, "Backward pass", list(backward_walk(traced)))
    show_delta_path(out, answer(traced))
    tensors = list(check(traced, budget=10**7))
    show_check(out, tensors)
    text = printed.getvalue()
    lines = text.splitlines()
    assert max(map(len, lines)) <= width
    assert "\x1b" not in text
    assert "shapes of δ: 10 → 432 → 3×12×12 → 3×24×24" in lines
    assert "conv1.weight 3×1×5×5" in text
    [gradient] = [line for line in lines if line.startswith("  ∂C/∂w") and "3×1×5×5" in line]
    equation = "∂C/∂w_k[c,m,n] = Σ_i,j δ_k[i,j] · x_c[i+m, j+n]"
    assert gradient.endswith(equation) == (width == 120)
    assert equation in text
    assert (f"{INDENT}[" in text) == (width == 80)  # the worst entry has a line of its own


INDENT = "\n  "


def test_a_wrong_tensor_is_highlighted(traced: Trace) -> None:
    layer = traced.layer("conv1")
    wrong = {**layer.grads, "weight": layer.grads["weight"][..., ::-1, ::-1]}
    spoilt = replace(traced, layers=(replace(layer, grads=wrong), *traced.layers[1:]))
    out, printed = console(120, color=True)
    show_check(out, list(check(spoilt, budget=10**7)))
    [line] = [line for line in printed.getvalue().splitlines() if line.startswith("conv1.weight")]
    assert "\x1b[1;31mFAIL\x1b[0m" in line
    assert "\x1b[32mPASS\x1b[0m" in printed.getvalue()


def test_documents_are_json(traced: Trace) -> None:
    tensors = list(check(traced, budget=10**7))
    document = json.loads(json.dumps(check_document(tensors)))
    assert document[0]["tensor"] == "conv1.weight"
    assert document[0]["worst"].keys() == {"index", "analytic", "numeric", "error", "allowed"}
    [*_, conv] = json.loads(json.dumps(walk_document(list(backward_walk(traced)))))
    assert [array["shape"] for array in conv["arrays"]] == [[3, 24, 24], [3, 1, 5, 5], [3], [1, 28, 28]]


def shown(entry: str, width: int = 80, *, color: bool = False) -> str:
    out, printed = console(width, color=color)
    show_explanation(out, Explainer(trace(*small())).explain(entry))
    return printed.getvalue()


def test_an_explanation_shows_sum_number_and_differences() -> None:
    text = shown("dense2.bias[1]")
    explanation = Explainer(trace(*small())).explain("dense2.bias[1]")
    assert explanation.numeric
    assert f"  sum               {explanation.total!r}\n" in text
    assert f"  back-propagation  {explanation.value!r}\n" in text
    assert f"  differences       {explanation.numeric.derivative!r} ± " in text


def test_the_largest_terms_come_first_and_the_rest_is_summed() -> None:
    lines = shown("dense1.z[2]").splitlines()
    explanation = Explainer(trace(*small())).explain("dense1.z[2]")
    terms = sorted((abs(term.value) for term in explanation.terms), reverse=True)
    values = [abs(float(line.rpartition("=")[2])) for line in lines if " = " in line and "×" in line]
    assert values == [float(f"{term:.6g}") for term in terms[: len(values)]]
    assert any("smaller terms, together" in line for line in lines)


def test_a_tie_is_marked() -> None:
    text = shown("conv1.delta[0,0,1]")
    assert "conv1.delta_a[0,0,1]  ∂C/∂a  same as pool1.grad_input[0,0,1]\n" in text
    assert "1.2*<          1.2=" in text
    assert "= ties with it, the first one wins" in text
    assert "differences       none: every step size crosses a kink or a tie" in text


def test_a_window_too_large_to_draw_is_named_by_its_winner() -> None:
    network = Network((1, 13, 9), [GlobalMaxPool2D(), Dense(units=2)], "mse")
    image = np.zeros((1, 13, 9, 1))
    image[0, 7, 3:5] = 0.5
    out, printed = console(80)
    traced = trace(network, network.init(np.random.default_rng(0)), image, np.array([0]))
    show_explanation(out, Explainer(traced).explain("pool1.grad_input[0,7,4]"))
    assert "13×9 cells: the maximum is input[0,7,3] = 0.5, the first of 2 equal cells\n" in printed.getvalue()
    assert max(map(len, printed.getvalue().splitlines())) <= 80


def test_a_pixel_says_what_it_is() -> None:
    assert shown("input[0,1,1]") == "input[0,1,1]\n  pixel of the image: 0.4\n"


def test_an_empty_sum_says_so() -> None:
    layers = [Conv2D(filters=1, kernel_size=1), MaxPool2D(pool_size=2), Flatten(), Dense(units=2)]
    network = Network((1, 3, 3), layers, "mse")
    image = np.arange(9.0).reshape(1, 3, 3, 1)
    out, printed = console(80)
    traced = trace(network, network.init(np.random.default_rng(0)), image, np.array([0]))
    show_explanation(out, Explainer(traced).explain("conv1.delta[0,2,2]"))
    assert "  empty sum: " in printed.getvalue()
    assert "  back-propagation  0.0\n" in printed.getvalue()


def test_a_kernel_weight_is_drawn_with_and_without_color() -> None:
    plain, colored = shown("conv1.weight[1,0,1,0]"), shown("conv1.weight[1,0,1,0]", color=True)
    assert "▀" not in plain
    assert "\x1b" not in plain
    assert "-=*@   " in plain
    assert colored.count("▀") == 3 * 4 * 2  # three pictures of 4×4, two rows a line


def test_pictures_wrap_where_the_console_is_narrow() -> None:
    pictures = [Picture(f"picture {i}", np.eye(3, 20), signed=False) for i in range(3)]
    out, printed = console(50)
    show_pictures(out, pictures)
    titles = [line.split("   ") for line in printed.getvalue().splitlines() if line.startswith("picture")]
    assert [[title.strip() for title in line if title.strip()] for line in titles] == [
        ["picture 0", "picture 1"],
        ["picture 2"],
    ]


def test_colors_meet_at_zero() -> None:
    out, printed = console(40, color=True)
    show_pictures(out, [Picture("", np.array([[-2.0, 0.0, 1.0, 2.0], [np.nan, 0, 0, 0], [0, 0, 0, 0]]), signed=True)])
    text = printed.getvalue()
    for color in (NEGATIVE, ZERO, POSITIVE):
        assert f"38;2;{';'.join(map(str, color))}" in text


def test_one_number_everywhere_is_drawn() -> None:
    out, printed = console(40)
    show_pictures(out, [Picture("zeros", np.zeros((2, 2)), signed=True), Picture("ones", np.ones((2, 2)), signed=True)])
    assert [line.rstrip() for line in printed.getvalue().splitlines()[:4]] == [
        "zeros   ones",
        "0 … 0   1 … 1",
        "        ##",
        "        ##",
    ]


def test_an_explanation_is_json_with_all_its_terms() -> None:
    explainer = Explainer(trace(*small()))
    for entry in ("conv1.weight[1,0,1,0]", "conv1.delta[0,0,1]", "dense1.a[0]"):
        explanation = explainer.explain(entry)
        document = json.loads(json.dumps(explanation_document(explanation)))
        assert sum(term["value"] for term in document["terms"]) == pytest.approx(document["sum"], rel=1e-12)
        assert len(document["terms"]) == len(explanation.terms)
    source = explanation_document(explainer.explain("conv1.delta[0,0,1]"))["source"]
    assert source["same_as"] == "pool1.grad_input"
    assert source["windows"][1]["tied"] == (0, 1)
