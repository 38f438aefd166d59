"""Self-contained HTML pages: they load nothing, and names are always escaped."""
