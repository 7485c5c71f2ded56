"""Speed: pytest-benchmark suites for each kernel and the whole path, and `python -m benchmarks`, the race against others."""
