"""What a Python program or a notebook uses, see `cnnbp_cli.__init__`."""
