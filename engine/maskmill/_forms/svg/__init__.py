"""Read polygons from SVG: path data with curves, and the elements that hold it."""
