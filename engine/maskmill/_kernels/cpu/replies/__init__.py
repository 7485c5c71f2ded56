"""Well-formed replies decoded in one kernel call: JSON text to boxes, polygons and PNG bytes, and on to run lengths."""
