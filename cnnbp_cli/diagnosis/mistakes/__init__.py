"""Mistakes that people make in hand-written back-propagation: one file per family.

Files put here are found: `diagnose` knows every function in them that is decorated with `@mistake`.
"""

from cnnbp_cli.diagnosis.mistakes.base import KINDS, MISTAKES, Cause, Line, Made, Matched, Mistake, Site
from cnnbp_cli.discovery import modules

for _ in modules(__name__, __path__):  # importing a file declares its mistakes
    pass

MISTAKES.sort(key=lambda mistake: mistake.number)

__all__ = ["KINDS", "MISTAKES", "Cause", "Line", "Made", "Matched", "Mistake", "Site"]
