"""A class: the submissions in a folder, judged in parallel, with points, a summary, and identical ones flagged."""
