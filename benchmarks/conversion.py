"""`maskmill convert` on files: whole commands, start-up included. `python -m benchmarks.conversion -o DIR`.

Each file is also copied by `cp`, which is the minimum for any program. Supervision with pycocotools writes a table of
fewer columns from the first rows: on one thread, since it has no other mode, and without its start-up time, while ours
is included. One line shows the rate by number of masks, the other the memory of a process that converts a file of many
gigabytes.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter, sleep
from typing import Any

from . import report
from .workload import HEIGHT, ITEMS, WIDTH, png_reply, ring_reply

_DIFFERENT = 200
_RIVAL_ROWS = 20
_INTERVAL = 0.1
_MAKERS: dict[str, Callable[[int], str]] = {"PNG": png_reply, "ring": ring_reply}


def main() -> None:
    """Run everything, and write a JSON file and a chart."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--most", dest="max_masks", type=int, default=1_000_000, help="masks of the longest run")
    parser.add_argument("--gigabytes", type=float, default=5.0, help="input of the memory line; 0 leaves it out")
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    results = {
        "machine": report.machine(),
        "throughput": [row for kind in _MAKERS for row in _time_sizes(kind, options.max_masks, options.output)],
        "memory": _sample_memory(options.gigabytes, options.output) if options.gigabytes else [],
    }
    (options.output / "conversion.json").write_text(json.dumps(results, indent=1))
    _draw(results, options.output / "conversion.png")
    for row in results["throughput"]:
        print(
            "  ".join(f"{name} {value:,.6g}" if isinstance(value, float) else f"{value}" for name, value in row.items())
        )
    if results["memory"]:
        print(f"memory: at most {max(mb for _, mb in results['memory']):.0f} MB")


def _time_sizes(kind: str, max_masks: int, folder: Path) -> Iterator[dict[str, Any]]:
    """Yield one row per number of masks, 1,000 and tenfold more each time."""
    masks = 1000
    while masks <= max_masks:
        file = folder / "rows.jsonl"
        _write_rows(kind, file, masks // ITEMS)
        ours = _time_command(_convert_command(file, folder / "masks.parquet"), folder / "masks.parquet")
        copied = _time_command(["cp", str(file), str(folder / "copy")], folder / "copy")
        row = {"kind": kind, "masks": masks // ITEMS * ITEMS, "MB": file.stat().st_size / 1e6}
        row |= {"masks a second": row["masks"] / ours, "times as long as cp": ours / copied}
        if masks == 1000:
            row["supervision + pycocotools, masks a second"] = _time_rival(kind, file)
        yield row
        file.unlink()
        masks *= 10


def _write_rows(kind: str, file: Path, rows: int) -> None:
    replies = [_MAKERS[kind](seed) for seed in range(_DIFFERENT)]
    with file.open("w") as out:
        for i in range(rows):
            out.write(json.dumps({"key": f"image-{i:07}", "reply": replies[i % _DIFFERENT]}) + "\n")


def _convert_command(file: Path, output: Path) -> list[str]:
    for name in ("report.json", "unmasked.jsonl"):
        Path(f"{output}.{name}").unlink(missing_ok=True)
    size = f"{WIDTH}x{HEIGHT}"
    return [sys.executable, "-m", "maskmill", "convert", str(file), "--size", size, "-o", str(output), "--json"]


def _time_command(command: list[str], output_file: Path) -> float:
    start = perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    seconds = perf_counter() - start
    output_file.unlink()
    return seconds


_RIVAL = """
import json, sys
from time import perf_counter
import numpy as np, pyarrow as pa, pyarrow.parquet as pq, supervision as sv
from pycocotools import mask as coco
path, rows, kind, width, height, out = sys.argv[1:]
vlm = sv.VLM.GOOGLE_GEMINI_2_5 if kind == "PNG" else sv.VLM.GOOGLE_GEMINI_3_6
start, table = perf_counter(), []
for line in open(path).readlines()[: int(rows)]:
    row = json.loads(line)
    found = sv.Detections.from_vlm(vlm, row["reply"], resolution_wh=(int(width), int(height)))
    for i, (mask, box, label) in enumerate(zip(found.mask, found.xyxy, found.data["class_name"])):
        counts = coco.encode(np.asfortranarray(mask, np.uint8))["counts"]
        area, corners = int(mask.sum()), dict(zip(("x0", "y0", "x1", "y1"), map(float, box)))
        table.append({"key": row["key"], "index": i, "label": str(label), **corners, "counts": counts, "area": area})
pq.write_table(pa.Table.from_pylist(table), out, compression="zstd")
print(len(table) / (perf_counter() - start))
"""


def _time_rival(kind: str, file: Path) -> float:
    """Return the masks per second of supervision with pycocotools on the first rows, without its start-up."""
    out = file.with_name("rival.parquet")
    arguments = [str(file), str(_RIVAL_ROWS), kind, str(WIDTH), str(HEIGHT), str(out)]
    rate = float(subprocess.check_output([sys.executable, "-W", "ignore", "-c", _RIVAL, *arguments], text=True))
    out.unlink()
    return rate


def _sample_memory(gigabytes: float, folder: Path) -> list[tuple[float, float]]:
    """Return seconds and resident megabytes during the conversion of a long file."""
    file = folder / "rows.jsonl"
    _write_rows("PNG", file, 1)
    _write_rows("PNG", file, int(gigabytes * 1e9 / file.stat().st_size))
    line = []
    start = perf_counter()
    command = _convert_command(file, folder / "masks.parquet")
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            line.append((perf_counter() - start, _resident(process.pid)))
            sleep(_INTERVAL)
    file.unlink()
    (folder / "masks.parquet").unlink()
    return line


def _resident(pid: int) -> float:
    """Return the resident megabytes of a process, on Linux."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1000 for line in lines if line.startswith("VmRSS")), 0.0)


def _draw(results: dict[str, Any], path: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4))
    for kind in _MAKERS:
        rows = [row for row in results["throughput"] if row["kind"] == kind]
        left.plot([row["masks"] for row in rows], [row["masks a second"] for row in rows], "o-", label=kind)
    left.set(xlabel="masks", ylabel="masks a second", title="JSON Lines to Parquet")
    if results["throughput"]:
        left.set(xscale="log", yscale="log")
        left.legend()
    if results["memory"]:
        right.plot(*zip(*results["memory"], strict=True))
    right.set(xlabel="seconds", ylabel="resident MB", ylim=(0, 700), title="memory, one long file")
    figure.tight_layout()
    figure.savefig(path, dpi=100)


if __name__ == "__main__":
    main()
