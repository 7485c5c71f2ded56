"""Selection of the CPU or a GPU, and kernel jobs that run there."""
