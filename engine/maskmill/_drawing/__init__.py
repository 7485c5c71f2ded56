"""Draw masks over their image: fills, outlines and labels."""
