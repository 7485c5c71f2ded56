"""The shards of a conversion: written, committed, read back and joined."""
