"""Read mutants of a format in this process, and print the number of each before it is read."""

from __future__ import annotations

import argparse
import random
import re
import resource
import shutil
import sys
import tempfile
import traceback
import warnings
from pathlib import Path

from maskmill.errors import MaskmillError
from maskmill_bindings import exports
from maskmill_bindings.exports import Unread

from .mutants import make_mutant
from .seeds import write_seeds

_NAME = re.compile(r"\b\w*(?:Error|Exception)\b|Traceback")
_MEMORY = 12 << 30
"""Bytes of address space, so that a size in a file that is believed is seen."""


def main() -> int:
    """Read the mutants; return 1 if one raised what it must not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("format")
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    warnings.simplefilter("ignore")
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        seeds = write_seeds(options.format, Path(folder, "seeds"))
        for number in range(options.seed, options.seed + options.count):
            print(number, flush=True)
            failures += not _reads(options.format, seeds, Path(folder, "mutant"), number)
    return int(failures > 0)


def _reads(name: str, seeds: list[Path], place: Path, number: int) -> bool:
    """Read one mutant; return whether it ended as it may."""
    rng = random.Random(f"{name}{number}")
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    path = make_mutant(rng.choice(seeds), seeds, place, rng)
    seen: list[str] = []
    unread: list[Unread] = []
    try:
        for record in exports.read(path, name, size=(8, 6), on_unread=unread.append):
            seen += [problem.message for problem in record.masks.problems]
            record.masks.coco()
    except MaskmillError as error:
        seen.append(str(error))
    except Exception:
        print(f"{name} {number}: raised\n{traceback.format_exc()}", file=sys.stderr)
        return False
    seen += [entry.reason for entry in unread]
    if wrong := [text for text in seen if _NAME.search(text) or "\n" in text]:
        print(f"{name} {number}: says {wrong[0]!r}", file=sys.stderr)
    return not wrong


if __name__ == "__main__":
    sys.exit(main())
