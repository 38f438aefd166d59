"""The mistakes that are made in hand-written back-propagation: one family, one file.

A file that is put here is found: every function in it under `@mistake` becomes one more thing that `diagnose` knows.
"""

from importlib import import_module
from pkgutil import iter_modules

from cnnbp_cli.diagnosis.mistakes.base import KINDS, MISTAKES, Cause, Line, Made, Mistake, Site

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

MISTAKES.sort(key=lambda mistake: mistake.number)

__all__ = ["KINDS", "MISTAKES", "Cause", "Line", "Made", "Mistake", "Site"]
