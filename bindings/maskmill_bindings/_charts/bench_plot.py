"""The picture of a run: its score, bars, roof, gains and steadiness on one sheet."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .._bench.noise import threads_told
from .._bench.score import WHOLE
from .._bench.text_report import machine_told, reference_told
from . import bench_panels
from .sheet import HAIR, INK, SOFT, Box, Sheet

SIZE: Final = (1800, 1240)
"""Width, and the least height: many cases take more."""

_LEFT, _RIGHT = 60, 1740
_BARS: Final = Box(_LEFT, 262, 870, 1150)
_ROOF: Final = Box(990, 262, 1590, 740)
_GAINS: Final = Box(990, 892, 1310, 1150)
_ROUNDS: Final = Box(1430, 892, _RIGHT, 1150)


def plot(report: dict[str, Any]) -> NDArray[np.uint8]:
    """(H, 1800, 3) uint8 RGB of a report, H at least 1240.

    Parameters
    ----------
    report
        What `run` returns.
    """
    bottom = max(_BARS.y1, _BARS.y0 + bench_panels.bars_height(report))
    sheet = Sheet((SIZE[0], round(SIZE[1] + bottom - _BARS.y1)))
    _head(sheet, report)
    bench_panels.bars(sheet, _BARS._replace(y1=bottom), report)
    bench_panels.roofs(sheet, _ROOF, report)
    bench_panels.gains(sheet, _GAINS, report)
    bench_panels.rounds(sheet, _ROUNDS, report)
    _foot(sheet, report)
    return sheet.pixels


def _head(sheet: Sheet, report: dict[str, Any]) -> None:
    software = report["software"]
    sheet.text("maskmill bench", (_LEFT, 86), 48)
    sheet.text(machine_told(report["machine"]), (_LEFT, 128), 20, SOFT)
    versions = [f"{name} {software[name]}" for name in ("maskmill", "numpy", "numba") if name in software]
    told = f"Python {software['python']}, {', '.join(versions)}, workload {report['workload']}, {report['finished']}"
    sheet.text(told, (_LEFT, 158), 20, SOFT)
    x: float = _RIGHT
    for found in reversed(report["scores"].values()):
        _score(sheet, x, found)
        x -= 240
    sheet.line([(_LEFT, 186), (_RIGHT, 186)], HAIR, 2)


def _score(sheet: Sheet, right: float, found: dict[str, Any]) -> None:
    sheet.text(f"{found['score']:,.0f}", (right, 92), 64, INK, "right")
    sheet.text(f"points on {threads_told(found['threads'])}", (right, 126), 20, INK, "right")
    sheet.text(f"{found['low']:,.0f} to {found['high']:,.0f}", (right, 156), 18, SOFT, "right")


def _foot(sheet: Sheet, report: dict[str, Any]) -> None:
    told = "Lines on the bars: from the lower to the upper quartile of the rounds."
    if report["scores"]:
        told += f" {WHOLE} points: {reference_told()}."
    sheet.text(told, (_LEFT, sheet.pixels.shape[0] - 24), 17, SOFT)
