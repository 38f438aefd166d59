"""The plot of the sweeps."""

from __future__ import annotations

from xml.etree import ElementTree

from benchmarks.plot import draw

SVG = "{http://www.w3.org/2000/svg}"

RESULT = {
    "batch": [
        {"at": at, "images_per_second": {"cnnbp": 6.0 * rate, "pytorch": 2.0 * rate}, "ratio": {"median": 3.0}}
        for at, rate in ((1, 500.0), (8, 4000.0), (64, 9000.0))
    ],
    "threads": [{"at": 1, "images_per_second": {"cnnbp": 5.0, "pytorch": 5.0}, "ratio": {"median": 1.0}}],
}
TITLES = {"batch": "images in a <batch>", "threads": "threads"}


def drawn() -> ElementTree.Element:
    return ElementTree.fromstring(draw(RESULT, TITLES))


def test_it_is_svg_with_a_title_and_both_schemes() -> None:
    svg = drawn()
    assert svg.tag == f"{SVG}svg"
    assert "images in a <batch>, threads" in (svg.findtext(f"{SVG}title") or "")
    assert "prefers-color-scheme: dark" in (svg.findtext(f"{SVG}style") or "")


def test_every_point_has_its_mark_and_its_ratio_and_faster_is_higher() -> None:
    panels = drawn().findall(f"{SVG}g")
    assert len(panels) == 2
    circles = panels[0].findall(f".//{SVG}circle")
    heights = [float(circle.get("cy", "")) for circle in circles]
    places = [float(circle.get("cx", "")) for circle in circles]
    assert heights == sorted(heights, reverse=True)  # y grows downward
    assert places == sorted(places)
    texts = [text.text for text in panels[0].iter(f"{SVG}text")]
    assert texts.count("3.0×") == len(circles) == 3
    assert {"1", "8", "64", "cnnbp", "PyTorch"} <= set(texts)


def test_names_do_not_overlap() -> None:
    names = [text for text in drawn().iter(f"{SVG}text") if text.text in ("cnnbp", "PyTorch")][-2:]
    a, b = (float(name.get("y", "")) for name in names)
    assert abs(a - b) >= 13
