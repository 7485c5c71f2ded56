"""The answers of the emulated models."""
