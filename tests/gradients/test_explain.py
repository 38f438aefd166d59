"""Every number is the sum that its explanation says, for every kind of entry of every kind of layer."""

from __future__ import annotations

import re
from math import fsum, isnan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.gradients.check import Verdict, check
from cnnbp_cli.gradients.entries import BATCHED, find
from cnnbp_cli.gradients.explain import Explainer
from cnnbp_cli.gradients.explanation import Explanation
from cnnbp_cli.gradients.kinds import KINDS, Kind
from cnnbp_cli.gradients.terms import index_text
from cnnbp_cli.gradients.trace import LayerTrace, Trace, trace
from cnnbp_cli.gradients.walk import backward_walk
from cnnbp_cli.layers import LAYERS, Layer
from cnnbp_cli.layers.activation import Activation
from cnnbp_cli.layers.conv import Conv2D
from cnnbp_cli.layers.dense import Dense
from cnnbp_cli.layers.flatten import Flatten
from cnnbp_cli.layers.pooling import MaxPool2D
from cnnbp_cli.network import Network
from cnnbp_cli.numerics.arrays import Array
from tests.support.examples import examples
from tests.support.networks import Case, cases
from tests.support.pages import unexplained_trace


def array_of(layer: LayerTrace, what: str) -> Array | None:
    """The array that holds an entry's number; its samples come first."""
    if what in layer.params:
        return layer.grads[what]
    array: Array | None = getattr(layer, what)
    return None if array is None else np.moveaxis(array, -1, 0)


def holds(explanation: Explanation, traced: Trace) -> None:
    """The sum is the number, the number is what differences say, and factors are what they are called."""
    size = fsum(abs(term.value) for term in explanation.terms)
    assert abs(explanation.total - explanation.value) <= 1e-12 * size
    if explanation.numeric and not isnan(explanation.numeric.derivative):
        assert abs(explanation.numeric.derivative - explanation.value) <= explanation.numeric.allowed
    for term in explanation.terms:
        for factor in term.factors:
            if factor.index is not None and factor.name != "−y":
                layer, what, index = find(traced, str(factor))
                named = layer.params[what] if what in layer.params else getattr(layer, what)
                assert named[index] == factor.value, factor
    if explanation.source:
        assert explanation.source.name == f"{explanation.name}_a"
        holds(explanation.source, traced)


@examples(30)
@given(cases(), st.data())
def test_terms_sum_to_the_traced_number(case: Case, data: st.DataObject) -> None:
    traced = trace(*case)
    explainer = Explainer(traced)
    for layer in traced.layers:
        for what in (*layer.params, *BATCHED):
            array = array_of(layer, what)
            if array is None:
                continue
            index = tuple(data.draw(st.integers(0, side - 1)) for side in array.shape)
            explanation = explainer.explain(f"{layer.name}.{what}{index_text(index)}")
            assert explanation.value == array[index]
            assert explanation.terms or explanation.value == 0
            assert (explanation.numeric is None) == (what in ("z", "a", "input"))
            holds(explanation, traced)


def test_every_entry_of_a_small_network_is_explained() -> None:
    traced = trace(*small())
    explainer = Explainer(traced)
    for layer in traced.layers:
        for what in (*layer.params, *BATCHED):
            array = array_of(layer, what)
            assert array is not None
            for index in np.ndindex(array.shape):
                explanation = explainer.explain(f"{layer.name}.{what}{index_text(index)}")
                assert explanation.value == array[index]
                holds(explanation, traced)


@pytest.mark.parametrize("layer", LAYERS)
def test_every_layer_has_a_kind_in_a_file_of_the_same_name(layer: type[Layer]) -> None:
    kind = KINDS[layer]
    assert kind.__module__.rpartition(".")[2] == layer.__module__.rpartition(".")[2]
    assert kind.output_terms is not Kind.output_terms
    assert kind.input_terms is not Kind.input_terms
    learns = layer.parameter_shapes is not Layer.parameter_shapes
    assert (kind.gradient_terms is not Kind.gradient_terms) == learns


def small() -> Case:
    """An image of 5×4, one tie in a window, and only a few numbers."""
    network = Network(
        (1, 5, 4),
        [
            Conv2D(filters=2, kernel_size=(2, 1), activation="relu"),
            MaxPool2D(pool_size=2, stride=(2, 1)),
            Flatten(),
            Dense(units=3, activation="softmax"),
            Dense(units=2, activation="sigmoid"),
        ],
        "mse",
    )
    rng = np.random.default_rng(0)
    params = network.init(rng, np.float64)
    params.named["conv1.weight"][0, 0] = [[1.0], [0.0]]  # the first map is the image itself
    params.named["conv1.bias"][:] = [0.5, 0.1]
    image = np.array(
        [
            [0.1, 0.7, 0.7, 0.2],
            [0.3, 0.4, 0.6, 0.9],
            [0.2, 0.1, 0.8, 0.3],
            [0.5, 0.6, 0.0, 0.1],
            [0.9, 0.3, 0.4, 0.2],
        ]
    )
    return Case(network, params, image[None, :, :, None], np.array([1]))


@pytest.fixture
def explainer() -> Explainer:
    return Explainer(trace(*small()))


def test_a_kernel_weight_meets_the_shifted_image(explainer: Explainer) -> None:
    explanation = explainer.explain("conv1.weight[1,0,1,0]")
    meeting = explanation.meeting
    assert meeting is not None
    assert meeting.equation == "∂z_1[i,j]/∂w_1[0,1,0] = x_0[i+1, j]"
    assert np.array_equal(meeting.pixels, explainer.trace.input[0, 1:5, :, 0])
    assert np.array_equal(meeting.delta, explainer.trace.layer("conv1").delta[1, ..., 0])
    assert meeting.products.sum() == pytest.approx(explanation.value, rel=1e-12)
    assert len(explanation.terms) == 16


def test_a_border_and_a_stride_shift_what_a_weight_meets() -> None:
    network = Network(
        (1, 5, 5), [Conv2D(filters=1, kernel_size=3, stride=2, padding=1), Flatten(), Dense(units=2)], "mse"
    )
    image = np.arange(1.0, 26).reshape(1, 5, 5, 1) / 25
    explanation = Explainer(trace(network, network.init(np.random.default_rng(0)), image, np.array([0]))).explain(
        "conv1.weight[0,0,0,2]"
    )
    assert explanation.meeting is not None
    assert explanation.meeting.equation == "∂z_0[i,j]/∂w_0[0,0,2] = x_0[2i−1, 2j+1]"
    padded = np.pad(image[0, ..., 0], 1)
    assert np.array_equal(explanation.meeting.pixels, padded[0:5:2, 2:7:2])
    assert len(explanation.terms) == 4  # of 9: the others met the border


def test_a_delta_behind_pooling_shows_its_windows_and_their_winner(explainer: Explainer) -> None:
    explanation = explainer.explain("conv1.delta[0,0,1]")
    assert explanation.source is not None
    assert explanation.source.origin == "pool1.grad_input"
    left, middle = explanation.source.windows
    assert [window.output.index for window in (left, middle)] == [(0, 0, 0), (0, 0, 1)]
    assert left.cells[left.winner].index == (0, 0, 1)
    assert left.tied == (1,)
    assert middle.tied == (0, 1)  # 0.7 twice, and the first wins
    assert middle.winner == 0
    assert [term.factors[1].value for term in explanation.source.terms] == [1, 1]
    lost = explainer.explain("conv1.delta_a[0,0,2]")
    assert (lost.terms[0].factors[1].name, lost.terms[0].value) == ("lost", 0)
    assert lost.windows[0].winner == 0


def test_numbers_go_by_several_names(explainer: Explainer) -> None:
    assert explainer.explain("dense1.input[3]").name == "flatten1.a"
    assert explainer.explain("conv1.input[0,0,3]").name == "input"
    assert explainer.explain("input[0,0,3]").value == 0.2
    assert explainer.explain("input[0,0,0,3]").index == (0, 0, 3)
    assert explainer.explain(" conv1 . grad_weight [0, 0, 1, 0] ").name == "conv1.weight"
    assert explainer.explain("pool1.z[0,0,0]").name == "pool1.a"


def test_a_batch_asks_for_the_sample_first() -> None:
    case = small()
    images = np.concatenate([case.images, case.images[:, ::-1]], axis=-1)
    traced = trace(case.network, case.params, images, np.array([0, 1]))
    explanation = Explainer(traced).explain("dense2.delta_a[1,0]")
    assert explanation.equation == "∂C/∂a = (a − y) / 2"
    assert explanation.value == traced.layer("dense2").delta_a[0, 1]  # type: ignore[index]
    assert [str(factor) for factor in explanation.terms[0].factors] == ["dense2.a[1,0]", "1/2"]
    with pytest.raises(CnnbpError, match="1 numbers where there are 2 axes"):
        Explainer(traced).explain("dense2.delta_a[1]")


def test_a_last_activation_that_the_loss_applies_has_no_delta_a() -> None:
    layers = [Flatten(), Dense(units=2), Activation(activation="softmax")]
    network = Network((1, 2, 2), layers, "cross_entropy")
    params = network.init(np.random.default_rng(0), np.float64)
    explainer = Explainer(trace(network, params, np.ones((1, 2, 2, 1)), np.array([1])))
    with pytest.raises(CnnbpError, match=r"activation1\.delta_a is never computed: cross_entropy applies softmax"):
        explainer.explain("activation1.delta_a[0]")
    assert explainer.explain("activation1.delta[1]").equation == "δ = a − y"
    assert explainer.explain("activation1.z[1]").name == "dense1.a"


@pytest.mark.parametrize(
    ("text", "problem", "hint"),
    [
        ("conv1.weight", "names no number", "conv1.weight\\[0,0,2,3\\]"),
        ("conv1.weight[a]", "names no number", "quotes"),
        ("conv1.weight[" + "9" * 5000 + "]", "names no number", "quotes"),
        ("conv1.weight[-1,0,0,0]", "names no number", "quotes"),
        ("", "names no number", "quotes"),
        ("cnv1.weight[0]", "there is no layer cnv1", "Did you mean conv1"),
        ("weight[0]", "weight of which layer", "conv1, pool1"),
        ("conv1.wieght[0]", "conv1 has no wieght", "Did you mean weight"),
        ("pool1.weight[0]", "pool1 has no weight", "It has input, z, a"),
        ("conv1.weight[0,0]", "2 numbers where there are 4 axes", "Its shape is 2×1×2×1"),
        ("conv1.weight[2,0,0,0]", "is out of range", r"\[0,0,0,0\] to \[1,0,1,0\]"),
        ("conv1.delta[1,0,4,0]", "4 numbers|is out of range", r"to \[0,1,3,3\]"),
        ("conv1.delta[]", "names no number", "quotes"),
        ("conv1.delta[1,2,]", "names no number", "quotes"),
        ("conv1.delta[1]", "1 numbers where there are 4 axes", "1×2×4×4"),
        ("conv1..delta[1]", "names no number", "quotes"),
    ],
)
def test_what_names_no_number_is_refused(explainer: Explainer, text: str, problem: str, hint: str) -> None:
    with pytest.raises(CnnbpError, match=problem) as caught:
        explainer.explain(text)
    assert caught.value.where == f"--explain {text}"
    assert re.search(hint, caught.value.hint or "")


# A layer without a file in gradients/kinds


def test_a_layer_without_a_kind_is_walked_and_checked_but_not_explained() -> None:
    traced = unexplained_trace()
    assert [section.type for section in backward_walk(traced)] == ["dense", "flatten", "jitter", "conv2d"]
    assert all(tensor.verdict is Verdict.PASS for tensor in check(traced, budget=10**6))
    explainer = Explainer(traced)
    assert explainer.explain("dense1.weight[0,0]").terms
    for entry in ("jitter1.a[0,0,0]", "conv1.delta[0,0,0]"):
        with pytest.raises(CnnbpError, match="layer of type jitter cannot be explained") as caught:
            explainer.explain(entry)
        assert "--check" in (caught.value.hint or "")
