"""Well-formed replies: JSON text to masks, or to jobs for a GPU or a codebook, in one kernel call."""
