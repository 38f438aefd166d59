"""The YAML reader: plain data with lines from a good file, one clear error from any other."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cnnbp_cli.config.problems import ConfigError, SourceLocation
from cnnbp_cli.config.yaml_reader import MAX_DEPTH, MAX_SIZE, MAX_VALUES, read_yaml
from tests.support.examples import examples


def problems(text: str) -> list[str]:
    """The mistakes in a text, those that end the reading and those that do not."""
    try:
        return [str(mistake) for mistake in read_yaml(text, "f").mistakes]
    except ConfigError as error:
        return [str(mistake) for mistake in error.mistakes]


def test_data_and_lines() -> None:
    document = read_yaml("a: 1\nb:\n  c: [x, 2.5]\n  d:\n    - true\n    - {e: null}\n", "f.yaml")
    assert document.data == {"a": 1, "b": {"c": ["x", 2.5], "d": [True, {"e": None}]}}
    assert {path: place.line for path, place in document.places.items() if "?" not in path} == {
        (): 1,
        ("a",): 1,
        ("b",): 2,
        ("b", "c"): 3,
        ("b", "c", 0): 3,
        ("b", "c", 1): 3,
        ("b", "d"): 4,
        ("b", "d", 0): 5,
        ("b", "d", 1): 6,
        ("b", "d", 1, "e"): 6,
    }
    assert document.mistakes == []


def test_what_has_no_line_of_its_own_has_that_of_what_is_around_it() -> None:
    document = read_yaml("a: 1\nb:\n  c: 2\n", "f.yaml")
    assert document.place(("b", "missing", 3)) == SourceLocation("f.yaml", 2)
    assert document.place(("missing",)) == SourceLocation("f.yaml", 1)


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "---\n", "--- # nothing\n...\n"])
def test_nothing_in_the_file(text: str) -> None:
    assert read_yaml(text, "f").data is None


def test_quoted_scalars_are_text() -> None:
    text = "a: '3'\nb: \"true\"\nc: '010'\nd: ''\ne: |-\n  1e3\n"
    assert read_yaml(text, "f").data == {"a": "3", "b": "true", "c": "010", "d": "", "e": "1e3"}


def test_yaml_1_1_words_are_text_as_keys_too() -> None:
    assert read_yaml("no: off\non: 2024-01-31\n", "f").data == {"no": "off", "on": "2024-01-31"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: 1\nb: 2\na: 3", "f:3: a: duplicate key, first used on line 1"),
        ("a:\n  b: 1\n  b: 1", "f:3: a.b: duplicate key, first used on line 2"),
        ("a: &x 1", "f:1: a: anchors (`&x`) are not supported; remove it"),
        ("a: &x {b: 1}", "f:1: a: anchors (`&x`) are not supported; remove it"),
        ("a: 1\nb: *x", "f:2: b: aliases (`*x`) are not supported; write the value out"),
        ("a: !!str 3", "f:1: a: tags (`tag:yaml.org,2002:str`) are not supported; remove it"),
        ("a: !mine {}", "f:1: a: tags (`!mine`) are not supported; remove it"),
        ("a: ! 3", "f:1: a: tags (`!`) are not supported; remove it"),
        (
            "a: !!python/object/apply:os.system [x]",
            "f:1: a: tags (`tag:yaml.org,2002:python/object/apply:os…`) are not supported; remove it",
        ),
        ("a: 1\n<<: {b: 1}", "f:2: <<: merge keys are not supported; write the keys out"),
        ("a: 1\n---\nb: 2", "f:2: a second document starts here; a config is a single document"),
        ("1: a", "f:1: ?: a key must be text, not 1"),
        ("true: a", "f:1: ?: a key must be text, not true"),
        ("a: 1\n~: b", "f:2: ?: a key must be text, not null"),
        ("? [a, b]\n: c", "f:1: ?: a key must be text, not ['a', 'b']"),
        ("? {a: b}\n: c", "f:1: ?: a key must be text, not a mapping"),
        ("a: 010", "f:1: a: 010 has a leading zero; write 10, or '010' in quotes for text"),
        ("a: [1, .inf]", "f:1: a[1]: .inf is not a finite number"),
        ("a:\n\xa0 b: 1", "f:2: the indentation contains the character U+00A0 (no-break space); use spaces"),
        ("a:\n  \u2003- 1", "f:2: the indentation contains the character U+2003 (em space); use spaces"),
        ("a:\n\u200b  b: 1", "f:2: the indentation contains the character U+200B (zero width space); use spaces"),
        ("a: " + "7" * 5000, "f:1: a: the number has 5,000 characters; the limit is 40"),
        ('a: "\\e[31m"', "f:1: a: control characters in '\\x1b[31m'"),
        ('a: "\\ud800"', "f:1: a: control characters in '\\ud800'"),
        ('a: "x\\0"', "f:1: a: control characters in 'x\\x00'"),
        ("a: 1\nb: \x1b[31m", "f:2: the character 0x1b is not allowed in YAML"),
        ("a: [1, 2", "f:1: not valid YAML: while parsing a flow sequence, expected ',' or ']', but got '<stream end>'"),
        ("a: 1\n\tb: 2", "f:2: not valid YAML: a tab is not allowed here; indent with spaces"),
        ("a: b: c", "f:1: not valid YAML: mapping values are not allowed here"),
        ('a: "\\UFFFFFFFF"', "f: not valid YAML: an escape or a version number is out of range"),
        ("%YAML 1." + "9" * 5000 + "\n---\na: 1", "f: not valid YAML: an escape or a version number is out of range"),
        ("%YAML 2.0\n---\na: 1", "f:1: not valid YAML: found incompatible YAML document (version 1.* is required)"),
        ("- " * (MAX_DEPTH + 2), f"f:1: nested deeper than {MAX_DEPTH} levels"),
        ("- 1\n" * MAX_VALUES, f"f:{MAX_VALUES}: more than {MAX_VALUES:,} values"),
        ("#" * (MAX_SIZE + 1), f"f: longer than {MAX_SIZE:,} characters, which is too long for a config"),
    ],
)
def test_refused(text: str, problem: str) -> None:
    assert problems(text) == [problem]


def test_a_file_with_several_mistakes_has_them_all() -> None:
    assert [problem.partition(" ")[0] for problem in problems("a: *x\nb: 010\nb: 1\nc: !t 1\n")] == [
        "f:1:",
        "f:2:",
        "f:3:",
        "f:4:",
    ]


def test_the_deepest_and_the_longest_that_are_allowed() -> None:
    assert problems("[" * MAX_DEPTH + "]" * MAX_DEPTH) == []
    assert problems("- 1\n" * (MAX_VALUES - 1)) == []


@pytest.mark.parametrize(
    "unit",
    [
        *["[", "{", "- ", "? ", "a: ", ":", ",", "[a,", "{a: ", "{'a':1,", "- a\n", "a: |\n x\n", "|\n"],
        *["#", "a ", "a\n", "1", "'", '"\\x41', "\ufeff", "\r", "\t", "\x85"],
        *["&a ", "!a ", "*a ", "!%41", "k: &a\n", "%", "%X\n", "---\n", "..."],
    ],
)
def test_a_bomb_ends_in_seconds(unit: str) -> None:
    start = time.perf_counter()
    problems(unit * (MAX_SIZE // 4 // len(unit)))
    assert time.perf_counter() - start < 10  # about 0.2 s; a quadratic reader would need minutes


yaml_text = st.lists(
    st.sampled_from([*"[]{}:,-?&*!|>'\"%@`#~<=\n\t ab01.\\/\ufeff\x00\x85\ud800", ": ", "- ", "? ", "\n  ", "a: "])
    | st.sampled_from(["<<", "---\n", "...\n", "1e9", "010", ".inf", "&a", "*a", "!!int ", '"\\x41"', "%YAML 1.1\n"])
).map("".join)


@given(st.text() | yaml_text)
@example("a: ! 1")
@example('"\\uD800": 1')
def test_any_text_gives_data_or_a_config_error(text: str) -> None:
    try:
        document = read_yaml(text, "f")
    except ConfigError as error:
        assert str(error).startswith("f:")
        return
    assert json.loads(json.dumps(document.data, allow_nan=False)) == document.data


@examples(50)
@given(st.binary(max_size=200).map(lambda raw: raw.decode("latin-1")))
def test_any_bytes_give_data_or_a_config_error(text: str) -> None:
    problems(text)


plain_data = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**18), 10**18)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn"], exclude_characters="\u2028\u2029\ufffe\uffff")),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("abcxyz_", min_size=1, max_size=5), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(plain_data)
def test_json_is_read_as_what_it_is(data: object) -> None:
    assert read_yaml(json.dumps(data, ensure_ascii=False), "f").data == data
