"""A trained network in the file formats of other tools."""
