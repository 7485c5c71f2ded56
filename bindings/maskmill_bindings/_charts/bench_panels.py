"""The panels of the bench's chart: bars per case, roofline, gains over threads, noise over the rounds."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Any, Final, get_args

from maskmill._drawing.label_font import Colour
from maskmill._drawing.overlay import COLOURS

from .._bench.forms import FORMS
from .._bench.noise import LIMIT, cpu_cases, format_threads, gpu_rates
from .._bench.roofline import machine_rates
from .._bench.sample_stats import geometric_mean
from .scales import Axes, Scale, decades_around
from .sheet import INK, PAPER, SOFT, Mark, Point, Rectangle, Sheet, tint

Report = dict[str, Any]

_MARKS: Final[dict[str, Mark]] = dict(zip(("rle", "dense", "instance map"), get_args(Mark), strict=True))
_CASES_COLOUR: Final = COLOURS[0]
_LOOP_COLOUR: Final = COLOURS[4]
_GPU_COLOUR: Final = COLOURS[0]
_LABEL_WIDTH: Final = 140
_TINT: Final = 0.55
_HEADING_HEIGHT: Final = 40
_BAR_HEIGHT: Final = 24
_CASE_GAP: Final = 16
_LOW_GAIN: Final = 0.5
_GRID_STEPS: Final = (0.05, 0.1, 0.2, 0.5, 1.0)


def thread_range(report: Report) -> tuple[int, int]:
    """Return the smallest and the largest number of threads."""
    return min(report["threads"]), max(report["threads"])


def _median(entry: dict[str, Any], threads: int) -> float:
    rate: float = entry["rates"][str(threads)]["median"]
    return rate


def _form_colour(case: Report) -> Colour:
    form = FORMS.get(case["form"])
    return form.colour if form else INK


# Bars.


def bars_height(report: Report) -> int:
    """Return the height in pixels below which the figures beside the bars would overlap."""
    cases, each = cpu_cases(report), 3 if gpu_rates(report) else 2
    return len({case["form"] for case in cases}) * _HEADING_HEIGHT + len(cases) * (each * _BAR_HEIGHT + _CASE_GAP)


def draw_bars(sheet: Sheet, box: Rectangle, report: Report) -> None:
    """Draw the masks per second of each case, on one thread, on all threads and on a GPU, on a logarithmic scale.

    Parameters
    ----------
    sheet : Sheet
        Where to draw.
    box : Rectangle
        Rectangle of the panel on the sheet.
    report : dict
        A report of the bench.
    """
    cases, threads, on_gpu = cpu_cases(report), thread_range(report), gpu_rates(report)
    rates = [*(_median(case, n) for case in cases for n in threads), *(rate["median"] for rate in on_gpu.values())]
    scale = decades_around(rates)._replace(high=max(rates) * 2.8)
    axes = Axes(sheet, box._replace(x0=box.x0 + _LABEL_WIDTH), scale, Scale(0, 1))
    axes.title("Masks per second")
    shades = dict(zip(threads, (_TINT, 0.0), strict=True))
    named = [(format_threads(number), tint(SOFT, share)) for number, share in shades.items()]
    _draw_bar_legend(sheet, axes.box, [*named, *([("GPU", _GPU_COLOUR)] if on_gpu else [])])
    axes.grid_across(scale.decades())
    forms = dict.fromkeys(case["form"] for case in cases)
    pitch = (box.y1 - box.y0 - len(forms) * _HEADING_HEIGHT) / len(cases)
    y = box.y0
    for form in forms:
        label = FORMS[form].label if form in FORMS else form
        sheet.text(label, (box.x0, y + 29), 22, _form_colour({"form": form}))
        y += _HEADING_HEIGHT
        for case in (case for case in cases if case["form"] == form):
            colour = _form_colour(case)
            shown = [(case["rates"][str(number)], tint(colour, share)) for number, share in shades.items()]
            _draw_case(axes, y, pitch, case, shown + [(on_gpu[n], _GPU_COLOUR) for n in [case["name"]] if n in on_gpu])
            y += pitch
    axes.base()


def _draw_bar_legend(sheet: Sheet, box: Rectangle, named: Sequence[tuple[str, Colour]]) -> None:
    x, y = box.x1, box.y0 - 22
    for name, colour in reversed(named):
        x -= 130
        sheet.bar(Rectangle(x, y - 13, x + 18, y + 1), colour)
        sheet.text(name, (x + 26, y), 18, SOFT)


def _draw_case(axes: Axes, y: float, pitch: float, case: Report, shown: Sequence[tuple[Report, Colour]]) -> None:
    width, height = case["image"]
    axes.sheet.text(case["output"], (axes.box.x0 - 12, y + pitch * 0.32), 18, INK, "right")
    axes.sheet.text(f"{width}×{height}", (axes.box.x0 - 12, y + pitch * 0.68), 16, SOFT, "right")
    thickness = (pitch * 0.74 - len(shown)) / len(shown)
    for place, (rate, colour) in enumerate(shown):
        top = y + pitch * 0.06 + place * (thickness + 1)
        axes.sheet.bar(Rectangle(axes.box.x0, top, axes.x(rate["median"]), top + thickness), colour)
        _draw_quartiles(axes, rate, top + thickness / 2, INK)
        axes.sheet.text(f"{rate['median']:,.0f}", (axes.x(rate["high"]) + 8, top + thickness / 2 + 6), 16, SOFT)


def _draw_quartiles(axes: Axes, rate: dict[str, Any], y: float, colour: Colour) -> None:
    """Draw a line from the lower to the upper quartile."""
    low, high = (axes.x(max(rate[key], axes.across.low)) for key in ("low", "high"))
    axes.sheet.line([(low, y), (high, y)], colour, 2)
    for x in (low, high):
        axes.sheet.line([(x, y - 4), (x, y + 4)], colour, 2)


# The roof.


def draw_roofline(sheet: Sheet, box: Rectangle, report: Report) -> None:
    """Draw each case by its bytes per mask, below what memory and inflating allow.

    Parameters
    ----------
    sheet : Sheet
        Where to draw.
    box : Rectangle
        Rectangle of the panel on the sheet.
    report : dict
        A report of the bench.
    """
    cases, threads = cpu_cases(report), thread_range(report)
    rates = {s["name"]: {int(n): r["median"] for n, r in s["rates"].items()} for s in report["yardsticks"]}
    high = machine_rates(rates, threads[1])
    across = decades_around([case["bytes"] for case in cases])
    lowest = min(_median(case, n) for case in cases for n in threads)
    up = decades_around([lowest, 2 * max(high.inflate, *(_median(c, n) for c in cases for n in threads))])
    axes = Axes(sheet, box, across, up)
    axes.title("What the machine can do", "masks per second over bytes per mask")
    axes.grid_across(across.decades())
    axes.grid_up(up.decades())
    for number in dict.fromkeys(threads):
        machine = machine_rates(rates, number)
        _draw_memory_line(axes, machine.bandwidth * 1e9, number == threads[1])
        _draw_inflate_line(axes, machine.inflate, number == threads[1])
    for case in cases:
        _draw_point(axes, case, threads)
    axes.base()
    _draw_roof_legend(sheet, box, threads)


def _draw_memory_line(axes: Axes, bandwidth: float, named: bool) -> None:
    """Draw the line where masks per second times their bytes equal the bandwidth, within the panel."""
    first = max(axes.across.low, bandwidth / axes.up.high)
    last = min(axes.across.high, bandwidth / axes.up.low)
    if first >= last:
        return
    axes.sheet.line([axes.at(first, bandwidth / first), axes.at(last, bandwidth / last)], INK, 2, dashed=not named)
    if named:
        _write_speed(axes, axes.at(last, bandwidth / last), "memory", f"{bandwidth / 1e9:.0f} GB/s", INK)


def _draw_inflate_line(axes: Axes, rate: float, named: bool) -> None:
    colour = next(form.colour for form in FORMS.values() if form.baseline == "inflate")
    line = [axes.at(axes.across.low, rate), axes.at(axes.across.high, rate)]
    axes.sheet.line(line, colour, 2, dashed=not named)
    if named:
        _write_speed(axes, line[1], "inflating", f"{rate / 1e3:,.0f} k maps/s", colour)


def _write_speed(axes: Axes, at: Point, name: str, speed: str, colour: Colour) -> None:
    axes.sheet.text(name, (at[0] + 12, at[1] - 3), 18, colour)
    axes.sheet.text(speed, (at[0] + 12, at[1] + 17), 17, colour)


def _draw_point(axes: Axes, case: dict[str, Any], threads: tuple[int, int]) -> None:
    colour, mark = _form_colour(case), _MARKS.get(case["output"], "circle")
    first, last = (axes.at(case["bytes"], _median(case, n)) for n in threads)
    axes.sheet.line([first, last], tint(colour, 0.3), 2)
    axes.sheet.mark(mark, first, 7, colour, filled=False)
    axes.sheet.mark(mark, last, 8, colour)


def _draw_roof_legend(sheet: Sheet, box: Rectangle, threads: tuple[int, int]) -> None:
    x, y = box.x0, box.y1 + 58
    for name, mark in _MARKS.items():
        sheet.mark(mark, (x + 8, y - 6), 8, SOFT)
        x = sheet.text(name, (x + 24, y), 18, SOFT) + 26
    for number, filled in zip(threads, (False, True), strict=True):
        sheet.line([(x, y - 6), (x + 40, y - 6)], SOFT, 2, dashed=not filled)
        sheet.mark("circle", (x + 20, y - 6), 8 if filled else 7, SOFT, filled)
        x = sheet.text(format_threads(number), (x + 50, y), 18, SOFT) + 26


# Threads and rounds.


def draw_gains(sheet: Sheet, box: Rectangle, report: Report) -> None:
    """Draw the rate on each number of threads relative to one thread.

    Parameters
    ----------
    sheet : Sheet
        Where to draw.
    box : Rectangle
        Rectangle of the panel on the sheet.
    report : dict
        A report of the bench.
    """
    counts = report["threads"]
    high = max(counts[-1], 2)
    low = _LOW_GAIN if any(_median(case, counts[-1]) < _median(case, 1) for case in cpu_cases(report)) else 1.0
    axes = Axes(sheet, box, Scale(1, high, True), Scale(low, high, True))
    axes.title("Over threads", "times one thread")
    axes.grid_across(counts if len(counts) > 1 else [1, 2])
    axes.grid_up(sorted({low, *(counts if len(counts) > 1 else [1, 2])}))
    axes.sheet.line([axes.at(1, 1), axes.at(high, high)], SOFT, 2, dashed=True)
    for case in cpu_cases(report):
        one = _median(case, counts[0])
        gains = [(n, _median(case, n) / one) for n in counts if str(n) in case["rates"]]
        points = [axes.at(n, min(max(gain, low), high)) for n, gain in gains]
        axes.sheet.line(points, _form_colour(case), 2)
        for point in points[1:]:
            axes.sheet.mark(_MARKS.get(case["output"], "circle"), point, 5, _form_colour(case))
    axes.base()


def draw_rounds(sheet: Sheet, box: Rectangle, report: Report) -> None:
    """Draw the mean of all cases and the fixed loop over the rounds, on one thread, relative to their medians.

    Parameters
    ----------
    sheet : Sheet
        Where to draw.
    box : Rectangle
        Rectangle of the panel on the sheet.
    report : dict
        A report of the bench.
    """
    one, _ = thread_range(report)
    [loop] = (entry for entry in report["yardsticks"] if entry["name"] == "loop")
    cases = [_relative(case, one) for case in cpu_cases(report)]
    together = [geometric_mean(values) for values in zip(*cases, strict=True)]
    loop_samples = _relative(loop, one)
    reach = max(2 * LIMIT, *(abs(v - 1) * 1.1 for v in (*together, *loop_samples)))
    axes = Axes(sheet, box, Scale(0, max(len(loop_samples) - 1, 1)), Scale(1 - reach, 1 + reach))
    axes.title(f"Through {len(loop_samples)} rounds")
    sheet.band(Rectangle(box.x0, axes.y(1 + LIMIT), box.x1, axes.y(1 - LIMIT)), SOFT, 0.1)
    step = next(step for step in _GRID_STEPS if reach / step < 3.5 or step == _GRID_STEPS[-1])
    axes.grid_up([1 + step * i for i in range(-3, 4) if abs(step * i) <= reach], percent=True)
    for values, colour, width in ((loop_samples, _LOOP_COLOUR, 2), (together, _CASES_COLOUR, 3)):
        sheet.line([axes.at(i, value) for i, value in enumerate(values)], PAPER, width + 3)
        sheet.line([axes.at(i, value) for i, value in enumerate(values)], colour, width)
    axes.base()
    end = sheet.text("all cases", (box.x0, box.y1 + 24), 18, _CASES_COLOUR)
    sheet.text("fixed loop", (end + 22, box.y1 + 24), 18, _LOOP_COLOUR)


def _relative(entry: dict[str, Any], threads: int) -> list[float]:
    samples = entry["rates"][str(threads)]["samples"]
    middle = median(samples)
    return [sample / middle for sample in samples]
