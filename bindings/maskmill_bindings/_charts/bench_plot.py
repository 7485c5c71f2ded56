"""The chart of a bench report: score, bars, roofline, gains over threads and noise on one sheet."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .._bench.noise import format_threads
from .._bench.score import REFERENCE_SCORE
from .._bench.text_report import format_machine, format_reference
from . import bench_panels
from .sheet import HAIR, INK, SOFT, Rectangle, Sheet

SIZE: Final = (1800, 1240)
"""(width, minimum height) in pixels; many cases make the chart higher."""

_LEFT, _RIGHT = 60, 1740
_BARS: Final = Rectangle(_LEFT, 262, 870, 1150)
_ROOF: Final = Rectangle(990, 262, 1590, 740)
_GAINS: Final = Rectangle(990, 892, 1310, 1150)
_ROUNDS: Final = Rectangle(1430, 892, _RIGHT, 1150)


def draw_report(report: dict[str, Any]) -> NDArray[np.uint8]:
    """Return the chart of a report as RGB, uint8 (H, 1800, 3), H at least 1240."""
    bottom = max(_BARS.y1, _BARS.y0 + bench_panels.bars_height(report))
    sheet = Sheet((SIZE[0], round(SIZE[1] + bottom - _BARS.y1)))
    _draw_head(sheet, report)
    bench_panels.draw_bars(sheet, _BARS._replace(y1=bottom), report)
    bench_panels.draw_roofline(sheet, _ROOF, report)
    bench_panels.draw_gains(sheet, _GAINS, report)
    bench_panels.draw_rounds(sheet, _ROUNDS, report)
    _draw_foot(sheet, report)
    return sheet.pixels


def _draw_head(sheet: Sheet, report: dict[str, Any]) -> None:
    software = report["software"]
    sheet.text("maskmill bench", (_LEFT, 86), 48)
    sheet.text(format_machine(report["machine"]), (_LEFT, 128), 20, SOFT)
    versions = [f"{name} {software[name]}" for name in ("maskmill", "numpy", "numba") if name in software]
    text = f"Python {software['python']}, {', '.join(versions)}, workload {report['workload']}, {report['finished']}"
    sheet.text(text, (_LEFT, 158), 20, SOFT)
    x: float = _RIGHT
    for score in reversed(report["scores"].values()):
        _draw_score(sheet, x, score)
        x -= 240
    sheet.line([(_LEFT, 186), (_RIGHT, 186)], HAIR, 2)


def _draw_score(sheet: Sheet, right: float, score: dict[str, Any]) -> None:
    sheet.text(f"{score['score']:,.0f}", (right, 92), 64, INK, "right")
    sheet.text(f"points on {format_threads(score['threads'])}", (right, 126), 20, INK, "right")
    sheet.text(f"{score['low']:,.0f} to {score['high']:,.0f}", (right, 156), 18, SOFT, "right")


def _draw_foot(sheet: Sheet, report: dict[str, Any]) -> None:
    text = "Lines on the bars: from the lower to the upper quartile of the rounds."
    if report["scores"]:
        text += f" {REFERENCE_SCORE} points: {format_reference()}."
    sheet.text(text, (_LEFT, sheet.pixels.shape[0] - 24), 17, SOFT)
