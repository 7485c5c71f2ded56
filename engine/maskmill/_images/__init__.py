"""Images as arguments: their size, orientation and pixels, from numbers, arrays, objects and files."""
