"""Masks as files: one module a format, each with `write(masks, path)`, which returns what it wrote."""
