"""What the readers of polygons look at besides points: rings in a text, lists in parallel, holes, printed values."""
