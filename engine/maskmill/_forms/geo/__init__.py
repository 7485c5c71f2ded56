"""Read polygons as maps write them: well-known text and GeoJSON."""
