"""The mistakes that are made in hand-written back-propagation: one family, one file.

A file that is put here is found: every function in it under `@mistake` becomes one more thing that `diagnose` knows.
"""

from cnnbp_cli.diagnosis.mistakes.base import KINDS, MISTAKES, Cause, Line, Made, Mistake, Site
from cnnbp_cli.discovery import modules

for _ in modules(__name__, __path__):  # importing a file declares its mistakes
    pass

MISTAKES.sort(key=lambda mistake: mistake.number)

__all__ = ["KINDS", "MISTAKES", "Cause", "Line", "Made", "Mistake", "Site"]
