"""One file a command: read the options, call, show. No arithmetic."""
