"""Makes the pictures in docs/images: draws lenet5.yaml; trains the seed network for one epoch and takes a screenshot of
the page of a pass through it; trains it for twelve and takes a screenshot of the page of that run; trains the network
of docs/health.md and takes a screenshot of the health of its gradients. It draws on the live page, too.

.venv/bin/pip install playwright
.venv/bin/python docs/make_pictures.py [CHROMIUM]
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Page, sync_playwright

from cnnbp_cli.config import load_config
from cnnbp_cli.show.report.diagram import diagram_file

ROOT = Path(__file__).parents[1]

IMAGE = 340
"""A five predicted as three after one epoch, so that δ is large enough to see."""

WIDTH = 1280

PANEL = "#explanation"
"""The panel of the page of a pass with the sum behind a number."""

SHOWN = "#confusion"
"""The first section of the run page that the picture leaves out."""


def cnnbp(folder: str, *arguments: str | Path) -> None:
    """Run a command in a folder."""
    subprocess.run(
        [sys.executable, "-m", "cnnbp_cli", *map(str, arguments), "--data-dir", ROOT / "data"], cwd=folder, check=True
    )


@contextmanager
def window(page: Path, chromium: str) -> Iterator[Page]:
    """A browser window as tall as the page."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        opened = browser.new_page(viewport={"width": WIDTH, "height": 900}, color_scheme="light")
        opened.goto(page.as_uri())
        opened.set_viewport_size({"width": WIDTH, "height": opened.evaluate("document.documentElement.scrollHeight")})
        yield opened
        browser.close()


def screenshot(page: Path, images: Path, chromium: str) -> None:
    """The page of a pass with the pointer on a kernel weight, the panel of that weight, and the panel of a δ."""
    with window(page, chromium) as opened:
        box = opened.get_by_role("application", name="conv1.weight").bounding_box()
        assert box
        opened.mouse.move(box["x"] + 0.7 * box["width"], box["y"] + 0.3 * box["height"])
        opened.screenshot(path=images / "report.png")
        opened.locator(PANEL).screenshot(path=images / "kernel.png")
        box = opened.get_by_role("application", name="conv1.delta").first.bounding_box()
        assert box
        opened.mouse.move(box["x"] + 0.45 * box["width"], box["y"] + 0.2 * box["height"])
        opened.locator(PANEL).screenshot(path=images / "delta.png")


def screenshot_run(page: Path, picture: Path, chromium: str) -> None:
    """The upper part of the page of a run."""
    with window(page, chromium) as opened:
        box = opened.locator(SHOWN).bounding_box()
        assert box
        opened.screenshot(path=picture, clip={"x": 0, "y": 0, "width": WIDTH, "height": box["y"]})


def screenshot_health(page: Path, picture: Path, chromium: str) -> None:
    """The part of the page of a run about its gradients."""
    with window(page, chromium) as opened:
        opened.locator("#health-of-the-gradients").screenshot(path=picture)


def screenshot_live(folder: str, checkpoint: Path, picture: Path, chromium: str) -> None:
    """The live page with a drawn seven, after a kernel weight was raised."""
    command = [sys.executable, "-m", "cnnbp_cli", "explore", "--checkpoint", checkpoint, "--no-browser"]
    server = subprocess.Popen(
        [*map(str, command), "--data-dir", str(ROOT / "data")], cwd=folder, stdout=subprocess.PIPE, text=True
    )
    assert server.stdout
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        opened = browser.new_page(viewport={"width": WIDTH, "height": 1240}, color_scheme="light")
        opened.goto(server.stdout.readline().strip())
        box = opened.locator("#pad").bounding_box()
        assert box
        x, y, side = box["x"], box["y"], box["width"]
        opened.mouse.move(x + 0.28 * side, y + 0.2 * side)
        opened.mouse.down()
        opened.mouse.move(x + 0.72 * side, y + 0.22 * side, steps=8)
        opened.mouse.move(x + 0.45 * side, y + 0.85 * side, steps=8)
        opened.mouse.up()
        opened.locator("#tools[aria-busy=false]").wait_for()
        opened.get_by_label("Raise it").click()
        opened.locator("#moved").filter(has_text="moved").wait_for()
        opened.screenshot(path=picture)
        browser.close()
    server.send_signal(signal.SIGINT)
    server.wait()


def main() -> None:
    chromium = sys.argv[1] if len(sys.argv) > 1 else shutil.which("chromium")
    if chromium is None:
        raise SystemExit("Chromium is not on the search path. Give its path as an argument.")
    images = ROOT / "docs" / "images"
    images.mkdir(exist_ok=True)
    lenet5 = diagram_file(load_config(ROOT / "configs" / "lenet5.yaml"))
    (images / "lenet5.svg").write_text(lenet5, encoding="utf-8")
    with TemporaryDirectory() as folder:
        cnnbp(folder, "train", "--config", ROOT / "configs" / "seed.yaml", "--epochs", "1", "--quiet")
        best = Path("runs", "seed-001", "best.npz")
        cnnbp(folder, "inspect-gradients", "--checkpoint", best, "--index", str(IMAGE), "--html", "page.html")
        screenshot(Path(folder, "page.html"), images, chromium)
        screenshot_live(folder, best, images / "explore.png", chromium)
        cnnbp(folder, "train", "--config", ROOT / "configs" / "seed.yaml", "--epochs", "12", "--quiet")
        screenshot_run(Path(folder, "runs", "seed-002", "report.html"), images / "run.png", chromium)
        stack = (ROOT / "docs" / "health.md").read_text(encoding="utf-8").split("```yaml\n")[1].split("```")[0]
        Path(folder, "stack.yaml").write_text(stack, encoding="utf-8")
        cnnbp(folder, "train", "--config", "stack.yaml", "--threads", "1", "--quiet")
        screenshot_health(Path(folder, "runs", "stack-001", "report.html"), images / "health.png", chromium)


if __name__ == "__main__":
    main()
