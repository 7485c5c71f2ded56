"""Image files: size, orientation and pixels."""
