"""The page of a run, and the one that sets several side by side."""
