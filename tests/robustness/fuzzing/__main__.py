"""Run the fuzzer from the command line, on all cores."""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from os import cpu_count

from .check import fuzz


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int, help="how many mutants")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--pixels", action="store_true", help="check the pixels and the serialisation of each, too")
    options = parser.parse_args()
    size = 2500
    seeds = range(options.seed * 10**6, options.seed * 10**6 + -(-options.count // size))
    failed = 0
    with ProcessPoolExecutor(cpu_count()) as pool:
        for failures in pool.map(fuzz, repeat(size), seeds, repeat(options.pixels)):
            failed += len(failures)
            for failure in failures[:3]:
                print(f"{failure.reason}\n    {failure.reply[:2000]!r}\n")
    print(f"{len(seeds) * size} mutants, {failed} broke")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
