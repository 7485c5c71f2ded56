"""Speed: suites for kernels and the whole path, and `python -m benchmarks`, the race against others."""
