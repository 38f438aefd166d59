"""How Sphinx builds the documentation: `python -m sphinx -W docs OUT`. The site loads nothing from the network."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from cnnbp_cli import __version__

project = "cnnbp"
author = "the cnnbp developers"
release = version = __version__

extensions = ["myst_parser", "sphinx_copybutton"]
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
exclude_patterns = ["*.py", "**.ipynb"]

mathjax = find_spec("sphinx-mathjax-offline")
assert mathjax and mathjax.origin
mathjax_path = "tex-svg.js"
html_static_path = ["static", str(Path(mathjax.origin).parent / "static" / "mathjax" / mathjax_path)]
"""MathJax with SVG output is one file. The package's own extension would copy all 24 MB of MathJax."""

html_css_files = ["site.css"]

copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
copybutton_only_copy_prompt_lines = True

smartquotes = False
"""They would make one dash of the two in --help."""

html_theme = "furo"
html_title = "cnnbp"
html_show_copyright = False
