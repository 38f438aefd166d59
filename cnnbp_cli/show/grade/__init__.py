"""A graded class: on the terminal, as JSON, CSV and a page, and what students get."""
