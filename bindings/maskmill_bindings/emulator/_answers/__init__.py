"""What the emulated model writes."""
