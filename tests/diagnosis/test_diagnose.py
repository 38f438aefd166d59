"""The diagnosis, of a student's program that is written separately: see tests/support/student.py."""

from __future__ import annotations

import random
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnbp_cli.config import config_from_data, to_data
from cnnbp_cli.diagnosis.diagnose import diagnose
from cnnbp_cli.diagnosis.exchange import Exercise
from cnnbp_cli.diagnosis.exercise import every_mistake, make_exercise
from cnnbp_cli.diagnosis.mistakes import Matched
from cnnbp_cli.diagnosis.reports import Diagnosis, TensorReport
from cnnbp_cli.gradients.check import Verdict
from cnnbp_cli.gradients.trace import trace
from cnnbp_cli.network import Network
from tests.diagnosis.confusion import (
    ARCHITECTURES,
    NUMBERS,
    ONE_GAMMA,
    SEEN_ONLY_IN_ITS_TENSOR,
    TRAIN,
    Case,
    is_small,
    mistake_table,
    pairs,
    program,
    verdicts,
)
from tests.support import networks
from tests.support.examples import examples
from tests.support.student import Array, Student

DTYPES = (np.float64, np.float32)
PAIRS = 8


def report_on(diagnosis: Diagnosis, name: str) -> TensorReport:
    return next(report for report in diagnosis.reports if report.name == name)


def sampled(architecture: str) -> list[Case]:
    """One tensor for each kind of mistake that the architecture allows."""
    cases = program(architecture, 0).cases
    random.Random(architecture).shuffle(cases := list(cases))
    return list({case.kind: case for case in cases}.values())


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_each_single_mistake_is_the_only_one_named_and_reported_once(architecture: str) -> None:
    for number, case in enumerate(sampled(architecture)):
        dtype = np.float64 if is_small(case) else DTYPES[number % 2]
        tested = program(architecture, 0, dtype)
        diagnosis = tested.diagnosed(case)
        assert diagnosis is not None
        if tested.is_convention(case):
            assert not diagnosis.failed
            assert report_on(diagnosis, case.tensor).convention
        else:
            assert list(verdicts(diagnosis)) == [(case.tensor, [case])]


def test_every_mistake_is_planted_somewhere() -> None:
    assert {case.kind[0] for name in ARCHITECTURES for case in program(name, 0).cases} == NUMBERS.keys() - ONE_GAMMA


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_two_mistakes_in_different_layers_are_both_named(architecture: str) -> None:
    tested = program(architecture, 0)
    for upper, lower in pairs(tested, random.Random(architecture), PAIRS):
        diagnosis = tested.diagnosed(upper, lower)
        assert diagnosis is not None
        assert [(name, named[0]) for name, named in verdicts(diagnosis)] == [
            (upper.tensor, upper),
            (lower.tensor, lower),
        ]


@pytest.mark.parametrize("submitted", [("grad_weight",), ("grad_weight", "grad_bias"), ("delta",)], ids=" ".join)
def test_a_mistake_in_a_tensor_not_submitted_is_found_or_has_no_effect(submitted: tuple[str, ...]) -> None:
    chance, tested = random.Random(0), program("shipped", 0)
    cases = [case for case in tested.cases if case.kind[0] not in SEEN_ONLY_IN_ITS_TENSOR]
    for case in chance.sample(cases, 40):
        diagnosis = tested.diagnosed(case, submitted=submitted)
        if diagnosis is None or not diagnosis.failed:
            continue
        found = [named for _, names in verdicts(diagnosis) for named in names]
        assert case.kind in [named.kind for named in found], (case, found)


def test_one_mistake_in_a_later_layer_is_reported_once() -> None:
    case = Case("dense1.delta", ("output-slope-dropped", ""))
    diagnosis = program("shipped", 0).diagnosed(case, submitted=["grad_weight"])
    assert diagnosis is not None
    assert list(verdicts(diagnosis)) == [
        ("dense1.grad_weight", [case, Case("dense1.grad_weight", ("gradient-from-delta-a", ""))])
    ]
    for name in ("conv1.grad_weight", "conv2.grad_weight"):
        assert report_on(diagnosis, name).given == "the same mistake in dense1.delta"


LAYOUTS = {"as asked": "", "channels last": "NHWC", "batch last": "CHWN", "reversed": "WHCN"}


def laid_out(answers: dict[str, Array], layout: str) -> dict[str, Array]:
    """A submission with another layout of images and kernels, and transposed dense weights."""
    order = LAYOUTS[layout]
    if not order:
        return answers
    kernels = {"NHWC": "KHWC", "CHWN": "KCHW", "WHCN": "WHCK"}[order]
    moved = {}
    for name, array in answers.items():
        if array.ndim == 4 and name.endswith("grad_weight"):
            array = array.transpose(["KCHW".index(axis) for axis in kernels])
        elif array.ndim == 4:
            array = array.transpose(["NCHW".index(axis) for axis in order])
        elif array.ndim == 2:
            array = array.T
        moved[name] = array
    return moved


@examples(60)
@given(case=networks.cases(), dtype=st.sampled_from(DTYPES), layout=st.sampled_from(sorted(LAYOUTS)), data=st.data())
def test_a_correct_implementation_is_never_reported_as_wrong(
    case: networks.Case, dtype: Any, layout: str, data: st.DataObject
) -> None:
    layers = [
        {key: value for key, value in asdict(layer).items() if value is not None} for layer in case.network.layers
    ]
    declared = {"name": "any", "input": case.images.shape[:3], "layers": layers, "loss": case.network.loss.name}
    config = config_from_data({**declared, "train": TRAIN}, "drawn")
    exercise = Exercise(config, trace(case.network, case.params, case.images, case.labels))
    with np.errstate(all="ignore"):
        answers = Student(exercise.questions, to_data(config), dtype).answers()
    chosen = data.draw(st.sets(st.sampled_from(sorted(answers)), min_size=1))
    answers = laid_out({name: answers[name] for name in chosen}, layout)
    diagnosis = diagnose(exercise, answers)
    assert [report for report in diagnosis.reports if report.verdict is Verdict.FAIL] == []


SUM_OF_ZERO = {
    "name": "sum-of-zero",
    "input": [2, 3, 5],
    "layers": [
        {"type": "batch_norm"},
        {"type": "global_avg_pool"},
        {"type": "activation", "activation": "leaky_relu"},
        {"type": "dense", "units": 2},
    ],
    "loss": "mse",
    "train": TRAIN,
}


@pytest.mark.parametrize("slope", [1, 0.01])
def test_either_slope_of_a_kink_is_right_where_z_is_a_rounding_error(slope: float) -> None:
    config = config_from_data(SUM_OF_ZERO, "sum of zero")
    network = Network(config.input, config.layers, config.loss)
    chance = np.random.default_rng(0)
    params = network.init(chance, np.float64)
    exercise = Exercise(config, trace(network, params, chance.normal(size=(2, 3, 5, 1)), np.array([1])))
    delta = exercise.tensors["activation1.delta"]
    answers = {delta.name: delta.exchanged(delta.right), "activation1.grad_input": slope * delta.exchanged(delta.right)}
    assert not diagnose(exercise, answers).failed


NORMED = {
    "name": "normed",
    "input": [2, 17, 13],
    "layers": [
        {"type": "conv2d", "filters": 3, "kernel_size": [4, 5], "bias": "none"},
        {"type": "max_pool2d", "pool_size": [3, 2], "stride": [2, 1]},
        {"type": "batch_norm", "activation": "relu"},
        {"type": "conv2d", "filters": 4, "kernel_size": [5, 2], "stride": 2, "padding": 1},
        {"type": "global_avg_pool"},
        {"type": "dense", "units": 6},
        {"type": "batch_norm", "activation": "tanh"},
        {"type": "dense", "units": 5, "activation": "softmax"},
    ],
    "loss": "cross_entropy",
    "train": TRAIN,
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    "case",
    [
        Case("conv1.grad_weight", ("kernel-gradient-rotated", "")),
        Case("conv2.grad_input", ("kernel-not-rotated", "")),
        Case("dense1.grad_input", ("sign", "")),
    ],
    ids=lambda case: case.tensor,
)
def test_a_mistake_below_a_normalisation_is_named_as_surely(case: Case, dtype: Any) -> None:
    exercise = make_exercise(config_from_data(NORMED, "normed"), 0)
    answers = Student(exercise.questions, to_data(exercise.config), dtype).answers({case.tensor: case.kind})
    diagnosis = diagnose(exercise, answers)
    assert list(verdicts(diagnosis)) == [(case.tensor, [case])]


GLOBAL_MAX = {
    "name": "global-max",
    "input": [2, 13, 11],
    "layers": [
        {"type": "conv2d", "filters": 3, "kernel_size": [4, 5], "activation": "sigmoid"},
        {"type": "max_pool2d", "pool_size": [2, 1]},
        {"type": "conv2d", "filters": 4, "kernel_size": [1, 2], "activation": "tanh"},
        {"type": "global_max_pool2d"},
        {"type": "dense", "units": 5, "activation": "sigmoid"},
    ],
    "loss": "mse",
    "train": TRAIN,
}


def test_each_mistake_of_a_global_max_pooling_is_named_alone() -> None:
    exercise = make_exercise(config_from_data(GLOBAL_MAX, "global max"), 0)
    student = Student(exercise.questions, to_data(exercise.config))
    found = dict(every_mistake(exercise))["pool2.grad_input"]
    kinds = [
        (c.mistake.key, c.variant)
        for c in found
        if c.mistake and not (c.mistake.convention or isinstance(c.made, Matched))
    ]
    assert {key for key, _ in kinds} == {"max-to-all", "pool-to-one-place", "max-to-another-cell", "maxima-of-another"}
    for kind in [*kinds, ("divided-by-window", ""), ("sign", "")]:
        diagnosis = diagnose(exercise, student.answers({"pool2.grad_input": kind}))
        assert [(name, [named.kind for named in names]) for name, names in verdicts(diagnosis)] == [
            ("pool2.grad_input", [kind])
        ]


@pytest.mark.parametrize("layout", [layout for layout, order in LAYOUTS.items() if order])
def test_layouts_are_recognised_and_reported(layout: str) -> None:
    tested = program("shipped", 0)
    diagnosis = diagnose(tested.exercise, laid_out(tested.student.answers(), layout))
    assert {report.verdict for report in diagnosis.reports} == {Verdict.PASS}
    assert report_on(diagnosis, "conv1.delta").layout == layout.replace("reversed", "all axes reversed")
    assert report_on(diagnosis, "dense1.grad_weight").layout == "transposed: (in, out)"


def test_axes_of_length_1_and_flattened_maps_are_no_mistakes() -> None:
    tested = program("seed", 0)  # with one channel
    answers = tested.student.answers()
    given = {
        "conv1.grad_weight": answers["conv1.grad_weight"][:, 0],
        "conv1.grad_bias": answers["conv1.grad_bias"][:, None],
        "pool1.delta": answers["pool1.delta"].reshape(len(answers["pool1.delta"]), -1),
        "dense1.grad_input": answers["dense1.grad_input"].reshape(answers["pool1.delta"].shape),
    }
    diagnosis = diagnose(tested.exercise, given)
    assert {report.name: (report.verdict, report.layout) for report in diagnosis.reports} == {
        "dense1.grad_input": (Verdict.PASS, "not flattened"),
        "pool1.delta": (Verdict.PASS, "flattened"),
        "conv1.grad_weight": (Verdict.PASS, "without its axes of length 1"),
        "conv1.grad_bias": (Verdict.PASS, "with axes of length 1 added"),
    }


def test_a_mistake_is_found_in_another_layout() -> None:
    case = Case("conv1.grad_weight", ("kernel-gradient-rotated", ""))
    tested = program("shipped", 0)
    answers = laid_out(tested.student.answers({case.tensor: case.kind}), "channels last")
    assert list(verdicts(diagnose(tested.exercise, answers))) == [(case.tensor, [case])]


def test_two_causes_in_one_tensor_are_identified_by_the_scale() -> None:
    tested = program("shipped", 0)
    answers = tested.student.answers({"conv1.grad_weight": ("kernel-gradient-rotated", "")})
    answers["conv1.grad_weight"] = -7 * answers["conv1.grad_weight"]
    (found,) = report_on(diagnose(tested.exercise, answers), "conv1.grad_weight").fits
    assert [cause.key for cause in found.causes] == ["kernel-gradient-rotated", "mean-missing", "sign"]
    assert found.title == (
        "the right gradient rotated by 180°, N = 7 times too large: 1/N is missing, with the sign reversed"
    )


def test_a_scale_without_a_cause_is_reported_as_a_number() -> None:
    tested = program("shipped", 0)
    answers = tested.student.answers()
    answers["conv1.grad_weight"] = 0.37 * answers["conv1.grad_weight"]
    (found,) = report_on(diagnose(tested.exercise, answers), "conv1.grad_weight").fits
    assert found.title == "the right one, times 0.37"


def test_the_mean_divided_at_every_layer_is_reported_at_every_layer() -> None:
    tested = program("shipped", 0)
    names = [name for name in tested.exercise.tensors if name.endswith(".grad_input")]
    wrong = dict.fromkeys(names, ("mean-twice", ""))
    diagnosis = diagnose(tested.exercise, tested.student.answers(wrong))
    assert [(name, [named.kind for named in found]) for name, found in verdicts(diagnosis)] == [
        (name, [("mean-twice", "")]) for name in names
    ]


def test_an_amount_is_reported() -> None:
    tested = program("shipped", 0)
    answers = tested.student.answers({"conv2.grad_input": ("weights-updated-too-early", "")})
    (found,) = report_on(diagnose(tested.exercise, answers), "conv2.grad_input").fits
    assert found.title == "computed with weights that were already updated (η = 0.3)"


def test_deltas_of_each_sample_with_right_gradients_are_a_convention() -> None:
    tested = program("shipped", 0)
    answers = {
        name: array * (7 if name.endswith(("delta", "grad_input")) else 1)
        for name, array in tested.student.answers().items()
    }
    diagnosis = diagnose(tested.exercise, answers)
    assert not diagnosis.failed
    assert "δ of each sample" in str(report_on(diagnosis, "dense1.delta").convention)
    answers["conv1.grad_weight"] = 7 * answers["conv1.grad_weight"]
    assert diagnose(tested.exercise, answers).failed  # then the 1/N does not come in everywhere


def test_a_delta_before_the_activation_with_right_gradients_is_a_convention() -> None:
    tested = program("shipped", 0)
    answers = tested.student.answers()
    answers["conv1.delta"] = answers["pool1.grad_input"]
    diagnosis = diagnose(tested.exercise, answers)
    assert not diagnosis.failed
    assert "∂C/∂a rather than ∂C/∂z" in str(report_on(diagnosis, "conv1.delta").convention)


def changed(name: str, change: Any) -> TensorReport:
    """The report on a tensor of a right program that was changed."""
    tested = program("shipped", 0)
    answers = tested.student.answers()
    answers[name] = change(answers[name].copy())
    return report_on(diagnose(tested.exercise, answers), name)


def test_numbers_that_are_not_finite_are_reported_with_their_position() -> None:
    def spoilt(array: Array) -> Array:
        array[2, 0, 1, 1] = np.nan
        array[3, 1, 1, 1] = np.inf
        return array

    report = changed("conv2.delta", spoilt)
    assert report.verdict is Verdict.FAIL
    assert report.reason == "2 of its 336 numbers are not finite, the first at [2, 0, 1, 1]"


def test_zeros_are_reported() -> None:
    report = changed("conv1.grad_weight", np.zeros_like)
    assert (report.verdict, report.fits) == (Verdict.FAIL, ())
    assert report.reason == "all zeros: it was never computed, or was overwritten"


def test_the_numbers_of_another_tensor_are_recognised() -> None:
    tested = program("shipped", 0)
    report = changed("pool1.delta", lambda array: tested.exercise.questions["pool1.a"])
    assert (report.verdict, report.reason) == (Verdict.FAIL, "these are the numbers of pool1.z")


def test_an_impossible_shape_is_reported_with_the_correct_one() -> None:
    report = changed("conv1.grad_weight", lambda array: array[:, :, 1:])
    assert (report.verdict, report.reason) == (Verdict.FAIL, "it has the shape (3, 2, 3, 5), not (3, 2, 4, 5)")


def test_an_unknown_mistake_is_reported_by_its_place() -> None:
    def one_row(array: Array) -> Array:
        array[:, :, -1] *= 1.5
        return array

    report = changed("conv1.grad_weight", one_row)
    assert (report.verdict, report.fits, report.reason) == (Verdict.FAIL, (), None)
    assert report.difference is not None
    assert (report.difference.count, report.difference.size) == (30, 120)
    assert report.difference.places == "row 3 of 0…3"


def test_an_error_of_the_size_of_float32_in_float64_is_inconclusive() -> None:
    report = changed("conv1.grad_weight", lambda array: array * (1 + 1e-7))
    assert (report.verdict, report.reason) == (
        Verdict.INCONCLUSIVE,
        "it is off by no more than float32 rounding",
    )


@pytest.mark.parametrize(("decimals", "verdict"), [(6, Verdict.PASS), (3, Verdict.INCONCLUSIVE)])
def test_numbers_with_few_decimals_are_taken_for_what_they_are(decimals: int, verdict: Verdict) -> None:
    assert changed("conv1.grad_weight", lambda array: array.round(decimals)).verdict is verdict
    assert changed("conv1.grad_weight", lambda array: (1.1 * array).round(decimals)).verdict is not Verdict.PASS


def test_zeros_that_should_be_zeros_are_vacuous() -> None:
    """relu is flat where its unit is out: with one unit that is out for all, nothing goes back through it."""
    exercise = relu_exercise(bias=-100.0)
    answers = {name: tensor.exchanged(tensor.right) for name, tensor in exercise.tensors.items()}
    verdicts = {report.name: report.verdict for report in diagnose(exercise, answers).reports}
    assert verdicts["dense1.delta"] is verdicts["dense1.grad_weight"] is Verdict.VACUOUS
    assert verdicts["dense2.delta"] is verdicts["dense2.grad_input"] is Verdict.PASS
    answers["dense1.delta"] = answers["dense1.delta"] + 1
    assert report_on(diagnose(exercise, answers), "dense1.delta").verdict is Verdict.FAIL


def relu_exercise(bias: float, weight: float = 1.0) -> Exercise:
    """Two dense layers, the lower with relu, with this bias and its weights times `weight`."""
    layers = [
        {"type": "flatten"},
        {"type": "dense", "units": 3, "activation": "relu"},
        {"type": "dense", "units": 2},
    ]
    declared = {"name": "relu", "input": [1, 2, 2], "layers": layers, "loss": "mse", "train": TRAIN}
    config = config_from_data(declared, "here")
    network = Network(config.input, config.layers, config.loss)
    rng = np.random.default_rng(0)
    params = network.init(rng, np.float64)
    params.named["dense1.bias"][...] = bias
    params.named["dense1.weight"][...] *= weight
    return Exercise(config, trace(network, params, rng.random((1, 2, 2, 3)), np.array([0, 1, 0])))


def test_another_choice_at_a_kink_is_inconclusive() -> None:
    """With weights and bias of 0, every z is 0, where relu has no derivative: 1 is as right as 0."""
    exercise = relu_exercise(bias=0.0, weight=0.0)
    above = exercise.tensors["dense2.grad_input"]
    half = 0.5 * above.exchanged(above.right)
    half[0] = 0
    report = report_on(diagnose(exercise, {"dense1.delta": half}), "dense1.delta")
    assert report.verdict is Verdict.INCONCLUSIVE
    assert "kink" in str(report.reason)


def test_exercise_tensors_submitted_with_other_numbers_are_reported() -> None:
    tested = program("shipped", 0)
    answers = tested.student.answers()
    same = {"conv1.weight": tested.exercise.questions["conv1.weight"].astype(np.float32)}
    assert diagnose(tested.exercise, answers | same).changed == ()
    other = {"conv1.weight": same["conv1.weight"][..., ::-1]}
    diagnosis = diagnose(tested.exercise, answers | other)
    assert (diagnosis.changed, diagnosis.failed) == (("conv1.weight",), True)


def test_tensors_that_were_not_submitted_are_listed() -> None:
    tested = program("shipped", 0)
    diagnosis = diagnose(tested.exercise, {"conv1.delta": tested.student.answers()["conv1.delta"]})
    assert len(diagnosis.missing) == len(tested.exercise.tensors) - 1


def test_the_page_lists_every_mistake_that_is_known() -> None:
    page = (Path(__file__).parents[2] / "docs" / "diagnosis.md").read_text(encoding="utf-8")
    assert "\n".join(mistake_table()) in page, "run python -m docs.make_diagnosis"


SMALL_NET = {
    "name": "small",
    "input": [2, 6, 5],
    "layers": [
        {"type": "conv2d", "filters": 3, "kernel_size": [3, 2], "bias": "none"},
        {"type": "batch_norm"},
        {"type": "flatten"},
        {"type": "dense", "units": 4, "activation": "softmax"},
    ],
    "loss": "cross_entropy",
    "train": TRAIN,
}


def test_exercises_have_another_gamma_in_each_channel() -> None:
    exercise = make_exercise(config_from_data(SMALL_NET, "small"), 0)
    assert np.unique(exercise.trace.layer("bn1").params["weight"]).size == 3


@pytest.mark.parametrize("key", sorted(ONE_GAMMA))
def test_gamma_is_named_where_all_channels_have_the_same(key: str) -> None:
    config = config_from_data(SMALL_NET, "small")
    network = Network(config.input, config.layers, config.loss)
    rng = np.random.default_rng(0)
    params = network.init(rng, np.float64)
    params.named["bn1.weight"][...] = 1.445
    exercise = Exercise(config, trace(network, params, rng.random((2, 6, 5, 3)), np.array([0, 3, 1])))
    tensor = "bn1.grad_bias" if key == "gamma-as-a-factor" else "bn1.grad_input"
    answers = Student(exercise.questions, to_data(config)).answers({tensor: (key, "")})
    assert list(verdicts(diagnose(exercise, answers))) == [(tensor, [Case(tensor, (key, ""))])]


def test_a_specific_mistake_stands_before_a_description() -> None:
    """A mirrored gradient has the right numbers in wrong places, and is named for what it is."""
    assert [found.title for found in changed("conv1.grad_weight", lambda array: array[..., ::-1]).fits] == [
        "the right gradient flipped horizontally"
    ]
    (found,) = changed("conv1.grad_weight", lambda array: array.transpose(1, 0, 3, 2).reshape(array.shape)).fits
    assert found.title == "made of the right numbers, but in wrong places"


def test_an_amount_that_cannot_be_is_no_explanation() -> None:
    """A whole gradient of the previous batch is one that was not set to zero, not a momentum of 1."""
    tested = program("shipped", 0)
    for factor, key in ((1.0, "last-batch-left-in"), (0.9, "momentum-step")):
        answers = tested.student.answers()
        before = tested.student.answers(batch="previous")
        name = "conv1.grad_bias"
        answers[name] = answers[name] + factor * before[name]
        ((_, found),) = verdicts(diagnose(tested.exercise, answers))
        assert [case.kind[0] for case in found] == [key]


def test_a_mistake_is_named_when_ties_follow_another_rule() -> None:
    """Windows one cell apart, and δ to every cell that equals the maximum of those: the rule shows nowhere else."""
    tested = program("shipped", 0)
    x, delta = (tested.exercise.questions["conv1.a"], tested.student.answers()["pool1.delta"])
    wrong = np.zeros_like(x)
    for n, c, i, j in np.ndindex(delta.shape):
        window = x[n, c, i : i + 3, j : j + 2]
        wrong[n, c, i : i + 3, j : j + 2] += (window == window.max()) * delta[n, c, i, j]
    ((_, found),) = verdicts(diagnose(tested.exercise, {"pool1.delta": delta, "pool1.grad_input": wrong}))
    kind = ("pool-with-another-stride", "one cell apart, to the maximum of those")
    assert found == [Case("pool1.grad_input", kind)]


@pytest.mark.parametrize(
    ("architecture", "equation"), [("shipped", "½ ‖a − y‖²"), ("two convolutions", "cross-entropy")]
)
def test_an_equation_is_that_of_the_exercises_cost(architecture: str, equation: str) -> None:
    tested = program(architecture, 0)
    output = next(iter(tested.exercise.tensors))
    diagnosis = tested.diagnosed(Case(output, ("sign", "")))
    assert diagnosis is not None
    (found,) = report_on(diagnosis, output).fits
    assert equation in found.right_for(found.causes[0])


@pytest.mark.parametrize("rule", ["δ goes to the last of them", "δ goes to each of them", "δ is shared among them"])
def test_a_tie_rule_does_not_hide_a_mistake_before_the_pooling(rule: str) -> None:
    tested = program("shipped", 0)
    tie, case = Case("pool1.grad_input", ("tie", rule)), Case("conv2.delta", ("slope-missing", ""))
    diagnosis = tested.diagnosed(tie, case, submitted=("grad_weight", "grad_bias"))
    assert diagnosis is not None
    assert rule in " ".join([*diagnosis.conventions, *(str(report.convention) for report in diagnosis.reports)])
    (name, named), *others = verdicts(diagnosis)
    assert (name, others) == ("conv2.grad_weight", [])
    assert case in named


@pytest.mark.parametrize("word", ["mean", "sum"])
def test_a_gradient_that_became_one_number_is_reported_as_such(word: str) -> None:
    tested = program("shipped", 0)
    answers = tested.answers()
    answers["conv1.grad_weight"] = np.array(getattr(answers["conv1.grad_weight"], word)())
    report = report_on(diagnose(tested.exercise, answers), "conv1.grad_weight")
    assert str(report.reason).startswith(f"it is one number, the {word} of the right ones")
