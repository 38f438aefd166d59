"""Pages whose numbers a server on this computer computes while they are open."""
