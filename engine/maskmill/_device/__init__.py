"""Where masks are computed: choosing the CPU or a GPU, and running batches of kernel jobs there."""
