"""The ledger: every request that was sent and its answer, in one SQLite file."""
