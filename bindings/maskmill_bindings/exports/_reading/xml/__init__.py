"""Read XML: that of CVAT, and SVG."""
