"""What strangers give: files that are opened only where they are files, arrays of which nothing is believed, and text
that a terminal must not act on."""
