"""The steps in which a mistake can be made, with everything that mistakes are computed from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from cnnbp_cli.diagnosis.mistakes import Site
from cnnbp_cli.diagnosis.mistakes.base import Above
from cnnbp_cli.diagnosis.ties import TieRule, rule_of, with_rule
from cnnbp_cli.diagnosis.truth import Truth
from cnnbp_cli.diagnosis.values import Value
from cnnbp_cli.gradients.chain import Tensor
from cnnbp_cli.layers.pooling import MaxPool2D
from cnnbp_cli.numerics.arrays import Array


def sites(truth: Truth, tensor: Tensor, value: Value | None, given: Mapping[str, Array]) -> Iterator[Site]:
    """The steps that make a tensor from this value of its source: one, and for a quadratic output two.

    Parameters
    ----------
    value
        None for the output's delta.
    given
        The submitted tensors, laid out as in the trace.
    """
    layer, tensors, back = tensor.layer, truth.tensors, truth.back
    layers = truth.trace.layers
    absorbed = truth.trace.network.loss.absorbs is not None
    index = layers.index(layer)
    activated = layer.delta_a is not None and layer.delta_a is not layer.delta
    if value is None:
        delta_a = layer.delta_a if activated else None
        outputs = delta_a if delta_a is not None else layer.delta
        for rule in ("output", "activation") if activated else ("output",):
            yield Site(
                tensor=tensor,
                rule=rule,
                source=outputs,
                right=tensor.right,
                target=truth.trace.target,
                absorbed=absorbed,
                delta_a=delta_a,
            )
        return
    assert tensor.source is not None
    above = weight_gradient = delta_a = None
    if tensor.rule == "activation" and tensor.quantity == "delta":
        upper = tensors[f"{layers[index + 1].name}.delta"]
        above = Above(upper.layer.layer, upper.layer.a, value.above.array if value.above else upper.right)
    elif not tensor.batched and index + 1 < len(layers):
        upper = tensors[f"{layers[index + 1].name}.delta"]
        above = Above(upper.layer.layer, upper.layer.a, given.get(upper.name, upper.right))
    weights = tensors.get(f"{layer.name}.grad_weight")
    if tensor.quantity in ("grad_input", "grad_bias") and weights is not None:
        weight_gradient = given[weights.name] if weights.name in given else back(weights, value.array)
    if activated and tensor.quantity != "delta":
        delta_a = layer.delta_a
        if index + 1 < len(layers):
            delta_a = given.get(f"{layers[index + 1].name}.grad_input", delta_a)
    previous = None
    if truth.previous and not tensor.batched:
        previous = truth.previous.layers[index].grads[tensor.quantity.removeprefix("grad_")]
    yield Site(
        tensor=tensor,
        rule=tensor.rule,
        source=value.array,
        right=tensor.right if value.origin is None else back(tensor, value.array),
        target=truth.trace.target,
        absorbed=absorbed,
        above=above,
        below=layers[index - 1] if index else None,
        delta_a=delta_a,
        weight_gradient=weight_gradient,
        previous=previous,
    )


def neighbours(truth: Truth, tensor: Tensor) -> set[str]:
    """The tensors, besides its source, whose submitted values `sites` may use for a tensor."""
    layers = truth.trace.layers
    index = layers.index(tensor.layer)
    above = layers[index + 1].name if index + 1 < len(layers) else ""
    return {f"{tensor.layer.name}.grad_weight", f"{above}.delta", f"{above}.grad_input"}


def with_other_ties(site: Site) -> Iterator[Site]:
    """The step of a max pooling with another tie rule than the submission's other tensors follow, or decide.

    A mistake in the only tensor that the rule shows in hides the rule. Wrong windows may also tie cells that are not
    tied in the right ones.
    """
    if site.tensor.quantity == "grad_input" and isinstance(site.layer, MaxPool2D):
        for rule in TieRule:
            if rule is not rule_of(site.layer):
                tensor = replace(site.tensor, layer=with_rule(site.tensor.layer, rule))
                yield replace(site, tensor=tensor)
