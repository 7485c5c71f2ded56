"""The ledger: every question that was asked and its answer, in one SQLite file."""
