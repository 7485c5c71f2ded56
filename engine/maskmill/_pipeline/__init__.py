"""From reply text to masks: the fast path for well-formed replies, the full path for the rest."""
