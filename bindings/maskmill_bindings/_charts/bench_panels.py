"""The panels of the picture: bars a case, the roof above the cases, gains over threads, steadiness over the rounds."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Any, Final, get_args

from maskmill._drawing.lettering import Colour
from maskmill._drawing.overlay import COLOURS

from .._bench.noise import LIMIT, on_cpu, on_gpu, threads_told
from .._bench.roofline import abilities
from .._bench.statistics import geometric_mean
from .scales import Axes, Scale, decades_around
from .sheet import INK, PAPER, SOFT, Box, Mark, Point, Sheet, tint

Report = dict[str, Any]

FORM_COLOURS: Final[dict[str, Colour]] = {"png": COLOURS[3], "ring": COLOURS[1]}
_FORM_NAMES: Final = {"png": "PNG maps", "ring": "Rings"}
_MARKS: Final[dict[str, Mark]] = dict(zip(("rle", "dense", "instance map"), get_args(Mark), strict=True))
_GREEN: Final = COLOURS[0]
_VIOLET: Final = COLOURS[4]
_GPU: Final = COLOURS[0]
_LABELS: Final = 140
_PALE: Final = 0.55
_HEAD: Final = 40
_BAR: Final = 24
_GAP: Final = 16
_LEAST_GAIN: Final = 0.5
_STEPS: Final = (0.05, 0.1, 0.2, 0.5, 1.0)


def ends(report: Report) -> tuple[int, int]:
    """The least and the greatest number of threads."""
    return min(report["threads"]), max(report["threads"])


def _median(thing: dict[str, Any], threads: int) -> float:
    rate: float = thing["rates"][str(threads)]["median"]
    return rate


# Bars.


def bars_height(report: Report) -> int:
    """Pixels that the bars take at least, so that each has its figure beside it."""
    cases, each = on_cpu(report), 3 if on_gpu(report) else 2
    return len({case["form"] for case in cases}) * _HEAD + len(cases) * (each * _BAR + _GAP)


def bars(sheet: Sheet, box: Box, report: Report) -> None:
    """Masks a second of each case, on one thread, on all, and on a GPU, in powers of ten."""
    cases, threads, there = on_cpu(report), ends(report), on_gpu(report)
    rates = [*(_median(case, n) for case in cases for n in threads), *(rate["median"] for rate in there.values())]
    scale = decades_around(rates)._replace(greatest=max(rates) * 2.8)
    axes = Axes(sheet, box._replace(x0=box.x0 + _LABELS), scale, Scale(0, 1))
    axes.title("Masks a second")
    shades = dict(zip(threads, (_PALE, 0.0), strict=True))
    named = [(threads_told(number), tint(SOFT, share)) for number, share in shades.items()]
    _bar_legend(sheet, axes.box, [*named, *([("GPU", _GPU)] if there else [])])
    axes.grid_across(scale.decades())
    forms = dict.fromkeys(case["form"] for case in cases)
    pitch = (box.y1 - box.y0 - len(forms) * _HEAD) / len(cases)
    y = box.y0
    for form in forms:
        sheet.text(_FORM_NAMES.get(form, form), (box.x0, y + 29), 22, FORM_COLOURS.get(form, INK))
        y += _HEAD
        for case in (case for case in cases if case["form"] == form):
            colour = FORM_COLOURS.get(form, INK)
            shown = [(case["rates"][str(number)], tint(colour, share)) for number, share in shades.items()]
            _case_bars(axes, y, pitch, case, shown + [(there[n], _GPU) for n in [case["name"]] if n in there])
            y += pitch
    axes.base()


def _bar_legend(sheet: Sheet, box: Box, named: Sequence[tuple[str, Colour]]) -> None:
    x, y = box.x1, box.y0 - 22
    for name, colour in reversed(named):
        x -= 130
        sheet.bar(Box(x, y - 13, x + 18, y + 1), colour)
        sheet.text(name, (x + 26, y), 18, SOFT)


def _case_bars(axes: Axes, y: float, pitch: float, case: Report, shown: Sequence[tuple[Report, Colour]]) -> None:
    width, height = case["image"]
    axes.sheet.text(case["output"], (axes.box.x0 - 12, y + pitch * 0.32), 18, INK, "right")
    axes.sheet.text(f"{width}×{height}", (axes.box.x0 - 12, y + pitch * 0.68), 16, SOFT, "right")
    thick = (pitch * 0.74 - len(shown)) / len(shown)
    for place, (rate, colour) in enumerate(shown):
        top = y + pitch * 0.06 + place * (thick + 1)
        axes.sheet.bar(Box(axes.box.x0, top, axes.x(rate["median"]), top + thick), colour)
        _whisker(axes, rate, top + thick / 2, INK)
        axes.sheet.text(f"{rate['median']:,.0f}", (axes.x(rate["high"]) + 8, top + thick / 2 + 6), 16, SOFT)


def _whisker(axes: Axes, rate: dict[str, Any], y: float, colour: Colour) -> None:
    """A line from the lower to the upper quartile."""
    low, high = (axes.x(max(rate[key], axes.across.least)) for key in ("low", "high"))
    axes.sheet.line([(low, y), (high, y)], colour, 2)
    for x in (low, high):
        axes.sheet.line([(x, y - 4), (x, y + 4)], colour, 2)


# The roof.


def roofs(sheet: Sheet, box: Box, report: Report) -> None:
    """Each case by the bytes of a mask, below what memory and inflating allow."""
    cases, threads = on_cpu(report), ends(report)
    rates = {s["name"]: {int(n): r["median"] for n, r in s["rates"].items()} for s in report["yardsticks"]}
    most = abilities(rates, threads[1])
    across = decades_around([case["bytes"] for case in cases])
    lowest = min(_median(case, n) for case in cases for n in threads)
    up = decades_around([lowest, 2 * max(most.inflate, *(_median(c, n) for c in cases for n in threads))])
    axes = Axes(sheet, box, across, up)
    axes.title("What the machine can do", "masks a second over bytes a mask")
    axes.grid_across(across.decades())
    axes.grid_up(up.decades())
    for number in dict.fromkeys(threads):
        machine = abilities(rates, number)
        _memory_line(axes, machine.bandwidth * 1e9, number == threads[1])
        _inflate_line(axes, machine.inflate, number == threads[1])
    for case in cases:
        _point(axes, case, threads)
    axes.base()
    _roof_legend(sheet, box, threads)


def _memory_line(axes: Axes, bandwidth: float, named: bool) -> None:
    """Where the masks a second times their bytes are the bandwidth, as far as the box goes."""
    first = max(axes.across.least, bandwidth / axes.up.greatest)
    last = min(axes.across.greatest, bandwidth / axes.up.least)
    if first >= last:
        return
    axes.sheet.line([axes.at(first, bandwidth / first), axes.at(last, bandwidth / last)], INK, 2, dashed=not named)
    if named:
        _named(axes, axes.at(last, bandwidth / last), "memory", f"{bandwidth / 1e9:.0f} GB/s", INK)


def _inflate_line(axes: Axes, rate: float, named: bool) -> None:
    colour = FORM_COLOURS["png"]
    line = [axes.at(axes.across.least, rate), axes.at(axes.across.greatest, rate)]
    axes.sheet.line(line, colour, 2, dashed=not named)
    if named:
        _named(axes, line[1], "inflating", f"{rate / 1e3:,.0f} k maps/s", colour)


def _named(axes: Axes, at: Point, name: str, speed: str, colour: Colour) -> None:
    axes.sheet.text(name, (at[0] + 12, at[1] - 3), 18, colour)
    axes.sheet.text(speed, (at[0] + 12, at[1] + 17), 17, colour)


def _point(axes: Axes, case: dict[str, Any], threads: tuple[int, int]) -> None:
    colour, mark = FORM_COLOURS.get(case["form"], INK), _MARKS.get(case["output"], "circle")
    first, last = (axes.at(case["bytes"], _median(case, n)) for n in threads)
    axes.sheet.line([first, last], tint(colour, 0.3), 2)
    axes.sheet.mark(mark, first, 7, colour, filled=False)
    axes.sheet.mark(mark, last, 8, colour)


def _roof_legend(sheet: Sheet, box: Box, threads: tuple[int, int]) -> None:
    x, y = box.x0, box.y1 + 58
    for name, mark in _MARKS.items():
        sheet.mark(mark, (x + 8, y - 6), 8, SOFT)
        x = sheet.text(name, (x + 24, y), 18, SOFT) + 26
    for number, filled in zip(threads, (False, True), strict=True):
        sheet.line([(x, y - 6), (x + 40, y - 6)], SOFT, 2, dashed=not filled)
        sheet.mark("circle", (x + 20, y - 6), 8 if filled else 7, SOFT, filled)
        x = sheet.text(threads_told(number), (x + 50, y), 18, SOFT) + 26


# Threads and rounds.


def gains(sheet: Sheet, box: Box, report: Report) -> None:
    """How many times one thread's rate each number of threads has."""
    counts = report["threads"]
    most = max(counts[-1], 2)
    least = _LEAST_GAIN if any(_median(case, counts[-1]) < _median(case, 1) for case in on_cpu(report)) else 1.0
    axes = Axes(sheet, box, Scale(1, most, True), Scale(least, most, True))
    axes.title("Over threads", "times one thread")
    axes.grid_across(counts if len(counts) > 1 else [1, 2])
    axes.grid_up(sorted({least, *(counts if len(counts) > 1 else [1, 2])}))
    axes.sheet.line([axes.at(1, 1), axes.at(most, most)], SOFT, 2, dashed=True)
    for case in on_cpu(report):
        one = _median(case, counts[0])
        found = [(n, _median(case, n) / one) for n in counts if str(n) in case["rates"]]
        points = [axes.at(n, min(max(gain, least), most)) for n, gain in found]
        axes.sheet.line(points, FORM_COLOURS.get(case["form"], INK), 2)
        for point in points[1:]:
            axes.sheet.mark(_MARKS.get(case["output"], "circle"), point, 5, FORM_COLOURS.get(case["form"], INK))
    axes.base()


def rounds(sheet: Sheet, box: Box, report: Report) -> None:
    """All cases together, and the fixed loop, round after round, on one thread."""
    one, _ = ends(report)
    [loop] = (stick for stick in report["yardsticks"] if stick["name"] == "loop")
    cases = [_relative(case, one) for case in on_cpu(report)]
    together = [geometric_mean(values) for values in zip(*cases, strict=True)]
    steady = _relative(loop, one)
    reach = max(2 * LIMIT, *(abs(v - 1) * 1.1 for v in (*together, *steady)))
    axes = Axes(sheet, box, Scale(0, max(len(steady) - 1, 1)), Scale(1 - reach, 1 + reach))
    axes.title(f"Through {len(steady)} rounds")
    sheet.band(Box(box.x0, axes.y(1 + LIMIT), box.x1, axes.y(1 - LIMIT)), SOFT, 0.1)
    step = next(step for step in _STEPS if reach / step < 3.5 or step == _STEPS[-1])
    axes.grid_up([1 + step * i for i in range(-3, 4) if abs(step * i) <= reach], percent=True)
    for values, colour, width in ((steady, _VIOLET, 2), (together, _GREEN, 3)):
        sheet.line([axes.at(i, value) for i, value in enumerate(values)], PAPER, width + 3)
        sheet.line([axes.at(i, value) for i, value in enumerate(values)], colour, width)
    axes.base()
    end = sheet.text("all cases", (box.x0, box.y1 + 24), 18, _GREEN)
    sheet.text("fixed loop", (end + 22, box.y1 + 24), 18, _VIOLET)


def _relative(thing: dict[str, Any], threads: int) -> list[float]:
    samples = thing["rates"][str(threads)]["samples"]
    middle = median(samples)
    return [sample / middle for sample in samples]
