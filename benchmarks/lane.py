"""One contestant in its own process: `python -m benchmarks.lane JOB`, with the job and the results as JSON.

No other contestant is loaded, and what one leaves behind (threads, caches, memory) does not affect the others.
"""

from __future__ import annotations

import json
import sys
from collections import deque
from itertools import pairwise
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from . import workload
from .contestants import CONTESTANTS

_REPLIES = 12


def texts_of(job: dict[str, Any]) -> list[str]:
    """Return the replies of a job, the same in every process."""
    make = getattr(workload, job["reply"])
    return [make(seed, **job.get("options", {})) for seed in range(job.get("replies", _REPLIES))]


def main() -> None:
    """Run a job: write results to its file if it names one, else print times."""
    job = json.loads(sys.argv[1])
    run = CONTESTANTS[job["case"]][job["contestant"]]
    texts = texts_of(job)
    first = [_to_json(mask) for mask in run(texts)]
    if "results" in job:
        Path(job["results"]).write_text(json.dumps(first))
        return
    masks = sum(text.count('"box_2d"') for text in texts)
    print(
        json.dumps(
            [seconds / masks * 1e6 for seconds in _time_rounds(lambda: deque(run(texts), maxlen=0), job["seconds"])]
        )
    )


def _time_rounds(run: Any, seconds: float) -> list[float]:
    """Return the times of complete rounds, at least five."""
    ends = [perf_counter()]
    while len(ends) < 6 or ends[-1] - ends[0] < seconds:
        run()
        ends.append(perf_counter())
    return [b - a for a, b in pairwise(ends)]


def _to_json(mask: Any) -> Any:
    """Return what another process can compare: an RLE string, or areas and coordinate sums of stacked masks."""
    if isinstance(mask, dict):
        counts = mask["counts"]
        return counts.decode() if isinstance(counts, bytes) else counts
    return [[int(mask[i].sum()), *(int(v.sum()) for v in np.nonzero(mask[i]))] for i in range(len(mask))]


if __name__ == "__main__":
    main()
