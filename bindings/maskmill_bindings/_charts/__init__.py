"""Charts drawn with OpenCV alone: a report of the bench, and the learning curve of a codebook."""
