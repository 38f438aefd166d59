"""Self-contained HTML pages: nothing is fetched, nothing that a user named is ever markup."""
