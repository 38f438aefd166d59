"""What `--json` prints: one file per command, each field with its type and meaning.

docs/reference/json.md is generated from these files. `schema` is the document's name and version. A document may gain
fields within a version; if a field is removed or changes its meaning, the version goes up by one.
"""
