"""Image files: kind, size, orientation and pixels."""
