"""What `--json` prints: one file a command, the fields with their types and meanings; `docs/reference/json.md` is made of these.

`schema` is the document's name and version. A version gains fields and loses none, and none changes its meaning; else
the version rises by one.
"""
