"""Charts drawn with OpenCV alone: the score of a machine, the quality of a codebook."""
