"""How Sphinx builds the documentation: `python -m sphinx -W docs OUT`."""

from __future__ import annotations

from cnnbp_cli import __version__

project = "cnnbp"
author = "the cnnbp developers"
release = version = __version__

extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
exclude_patterns = ["*.py"]

html_theme = "furo"
html_title = "cnnbp"
html_show_copyright = False
