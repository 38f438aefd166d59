"""Makes the pictures in docs/images: trains the seed network for one epoch, and photographs the page about it.

.venv/bin/pip install playwright
.venv/bin/python docs/make_pictures.py [CHROMIUM]
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]

IMAGE = 340
"""A five that is taken for a three after one epoch: δ is worth looking at."""

WIDTH = 1280


def cnnbp(folder: str, *arguments: str | Path) -> None:
    """Run a command in a folder."""
    subprocess.run(
        [sys.executable, "-m", "cnnbp_cli", *map(str, arguments), "--data-dir", ROOT / "data"], cwd=folder, check=True
    )


def photograph(page: Path, picture: Path, chromium: str) -> None:
    """The page in a window that holds all of it, with a weight of the kernel pointed at."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        window = browser.new_page(viewport={"width": WIDTH, "height": 900}, color_scheme="light")
        window.goto(page.as_uri())
        window.set_viewport_size({"width": WIDTH, "height": window.evaluate("document.documentElement.scrollHeight")})
        box = window.get_by_role("application", name="conv1.weight").bounding_box()
        assert box
        window.mouse.move(box["x"] + 0.7 * box["width"], box["y"] + 0.3 * box["height"])
        window.screenshot(path=picture)
        browser.close()


def main() -> None:
    chromium = sys.argv[1] if len(sys.argv) > 1 else shutil.which("chromium")
    if chromium is None:
        raise SystemExit("There is no chromium on the search path: give its place.")
    images = ROOT / "docs" / "images"
    images.mkdir(exist_ok=True)
    with TemporaryDirectory() as folder:
        cnnbp(folder, "train", "--config", ROOT / "configs" / "seed.yaml", "--epochs", "1", "--quiet")
        best = Path("runs", "seed-001", "best.npz")
        cnnbp(folder, "inspect-gradients", "--checkpoint", best, "--index", str(IMAGE), "--html", "page.html")
        photograph(Path(folder, "page.html"), images / "report.png", chromium)


if __name__ == "__main__":
    main()
