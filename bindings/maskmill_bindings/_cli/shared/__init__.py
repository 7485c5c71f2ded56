"""What several commands share: arguments, messages, tables, progress."""
