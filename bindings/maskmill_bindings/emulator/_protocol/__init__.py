"""The HTTP protocol of the emulated service."""
