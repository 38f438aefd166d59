"""What `--json` prints: a file a command, each field with its type and meaning. docs/reference/json.md is made of it.

`schema` is the document's name and version. A version gains fields and loses none, and none changes its meaning; else
the version rises by one.
"""
