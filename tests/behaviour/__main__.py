"""The two commands: record, compare."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from time import perf_counter

from . import commands, compare, exports, kept, library, misuse
from .run import prepare

PARTS = {
    "library": library.record,
    "misuse": misuse.record,
    "exports": exports.record,
    "commands": commands.record,
    "kept": kept.record,
}
"""What is recorded, in this order."""

_SHARED = Path(__file__).resolve().parents[2].parent / "shared"


def main() -> int:
    """Run one of the commands; the exit status is 1 where records differ."""
    chosen = _arguments()
    if chosen.command == "compare":
        return compare.compare(chosen.first, chosen.second)
    chosen.out = chosen.out.resolve()
    chosen.old = chosen.old and chosen.old.resolve()
    chosen.out.mkdir(parents=True, exist_ok=True)
    prepare()
    for name in chosen.parts.split(","):
        start = perf_counter()
        PARTS[name](chosen.out, chosen)
        print(f"{name}: {perf_counter() - start:.0f} s", file=sys.stderr)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m behaviour", description=__doc__)
    verbs = parser.add_subparsers(dest="command", required=True)
    record = verbs.add_parser("record", help="write down what the installed maskmill does")
    record.add_argument("out", type=Path, help="folder to write to; it should be new")
    record.add_argument("--old", type=Path, help="an earlier record, whose kept files and pickles are read again")
    record.add_argument("--shared", type=Path, default=_SHARED, help="folder with corpus/ and cases/")
    record.add_argument("--count", type=int, default=3000, help="how many replies are generated")
    record.add_argument("--parts", default=",".join(PARTS), help="which parts, separated by commas")
    record.add_argument("--groups", default="*", help="pattern of the groups of commands, such as 'convert*'")
    verb = verbs.add_parser("compare", help="tell the differences of two records")
    verb.add_argument("first", type=Path)
    verb.add_argument("second", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
