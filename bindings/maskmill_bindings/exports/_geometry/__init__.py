"""Polygons as other tools read and fill them: keyholes, contours, SVG paths, coordinate frames."""
