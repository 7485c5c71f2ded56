"""What the readers share: values, points, run lengths, pictures in texts, and rows with the reason of each failure."""
