"""The page as a file: nothing loaded, no script but its own, names escaped, and small."""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from hashlib import sha256

import numpy as np
import pytest

from cnnbp_cli.gradients.page import page_data
from cnnbp_cli.gradients.trace import Trace
from cnnbp_cli.show.report.markup import Markup, element
from cnnbp_cli.show.report.page import gradient_page
from tests.support.html import Reader
from tests.support.pages import EVIL, seed_trace, zoo_trace


def page_of(trace: Trace, name: str = "seed") -> str:
    return gradient_page(page_data(trace), name, source="configs/seed.yaml", image="test image 0")


@pytest.fixture(scope="module")
def seed() -> str:
    return page_of(seed_trace())


@pytest.fixture(scope="module")
def zoo() -> str:
    return gradient_page(page_data(zoo_trace()), EVIL, source=EVIL, image=EVIL)


def test_is_small(seed: str) -> None:
    assert len(seed.encode()) < 400_000
    assert len(page_of(seed_trace("lenet5")).encode()) < 2_000_000


def test_policy_allows_only_its_own_style_and_script(seed: str) -> None:
    reader = Reader(seed)
    [policy] = [
        attributes["content"] or ""
        for tag, attributes in reader.elements
        if attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    for source, tag in (("style-src", "style"), ("script-src", "script type=.module.")):
        [text] = re.findall(f"<{tag}>(.*?)</", seed, re.DOTALL)
        digest = b64encode(sha256(text.encode()).digest()).decode()
        assert rules[source] == f"'sha256-{digest}'"
    assert "unsafe" not in policy
    assert rules["img-src"] == "data:"


@pytest.mark.parametrize("kind", ["seed", "zoo"])
def test_loads_nothing_and_has_no_other_scripts(kind: str, request: pytest.FixtureRequest) -> None:
    reader = Reader(request.getfixturevalue(kind))
    assert not reader.open
    scripts = [attributes for tag, attributes in reader.elements if tag == "script"]
    assert scripts == [{"type": "application/json", "id": "data"}, {"type": "module"}]
    for tag, attributes in reader.elements:
        assert tag not in {"img", "iframe", "object", "embed", "form", "base", "svg"}
        assert not [name for name in attributes if name.startswith("on") or name in ("src", "style", "srcset")]
        assert (attributes.get("href") or "data:").startswith("data:")


def test_escapes_names(zoo: str) -> None:
    reader = Reader(zoo)
    assert EVIL in "".join(reader.text["h1"])
    assert EVIL in "".join(reader.text["h2"])
    assert EVIL in "".join(reader.text["title"])
    assert zoo.count("<img") == 0
    assert EVIL.lower() not in zoo.lower()


def test_data_equal_the_trace(seed: str) -> None:
    traced = seed_trace()
    data = json.loads(re.findall(r'<script type="application/json" id="data">(.*?)</script>', seed)[0])
    arrays = {array["name"]: np.frombuffer(b64decode(array["data"]), "<f8") for array in data["arrays"]}
    conv = traced.layer("conv1")
    assert np.array_equal(arrays["conv1.grad_weight"], conv.grads["weight"].ravel())
    assert np.array_equal(arrays["conv1.delta"], conv.delta.ravel())
    assert np.array_equal(arrays["input"], traced.input.ravel())


def test_shows_equations_and_shapes_without_the_script(seed: str) -> None:
    reader = Reader(seed)
    words = [text for texts in reader.text.values() for text in texts]
    for equation in (
        "z_k[i,j] = Σ_c,m,n w_k[c,m,n] · x_c[i+m, j+n] + b_k",
        "∂C/∂w_k[c,m,n] = Σ_i,j δ_k[i,j] · x_c[i+m, j+n]",
        "∂C/∂b_k = Σ_i,j δ_k[i,j]",
        "∂C/∂x_k[p,q] = δ_k[i,j] where (p,q) won window (i,j), else 0",
        "δ = ∂C/∂a ⊙ σ′(z),  σ′(z) = a ⊙ (1 − a)",
        "∂C/∂a = a − y",
        "1×28×28 → 3×24×24",
        "3×1×5×5",
        "10×432",
    ):
        assert equation in words


def test_escapes_text_that_is_not_markup() -> None:
    assert element("p", "<b>", ["&", Markup("<i>x</i>")], title='"') == ('<p title="&quot;">&lt;b&gt;&amp;<i>x</i></p>')
    assert element("br", class_="a", data_x=None) == '<br class="a">'
