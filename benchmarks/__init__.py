"""Speed: pytest suites for kernels and whole decodes, and `python -m benchmarks`, a comparison with other libraries."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "tests"))  # `support`, whose helpers tests and benchmarks share
