"""Polygons as other tools read them: keyholes, contours, SVG paths, frames of reference."""
