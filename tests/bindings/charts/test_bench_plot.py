"""The picture: of its stated size, drawn on, whatever the machine."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from maskmill._drawing.label_font import StrokeFont
from maskmill_bindings._bench.forms import FORMS
from maskmill_bindings._charts import sheet
from maskmill_bindings._charts.bench_panels import _GPU_COLOUR, bars_height
from maskmill_bindings._charts.bench_plot import SIZE, draw_report
from maskmill_bindings._images.png_files import write_image
from support.tiers import thorough

Report = dict[str, Any]


def has(pixels: Any, colour: tuple[int, int, int]) -> bool:
    return bool((pixels == colour).all(axis=2).any())


@thorough
def test_the_picture_is_a_png_of_its_size_with_both_forms_in_it(report: Report, tmp_path: Path) -> None:
    write_image(draw_report(report), tmp_path / "score.png")
    with Image.open(tmp_path / "score.png") as picture:
        assert (picture.format, picture.mode, picture.size) == ("PNG", "RGB", SIZE)
        pixels = np.asarray(picture)
    assert (pixels[0] == 255).all()
    assert (pixels[:, 0] == 255).all()
    assert all(has(pixels, colour) for colour in (form.colour for form in FORMS.values()))


def with_threads(report: Report, threads: list[int]) -> Report:
    """The same as if it had been measured on other numbers of threads."""
    other = {**deepcopy(report), "threads": threads}
    for thing in (*other["cases"], *other["yardsticks"]):
        if "2" in thing["rates"]:
            thing["rates"] = {str(n): deepcopy(thing["rates"]["1"]) for n in threads}
    return other


@pytest.mark.parametrize("threads", [[1], [1, 2, 4, 8, 16, 32, 64], [1, 3]])
def test_any_number_of_threads_can_be_drawn(report: Report, threads: list[int]) -> None:
    assert draw_report(with_threads(report, threads)).shape == (SIZE[1], SIZE[0], 3)


@pytest.mark.parametrize("factor", [1e-4, 1e4])
def test_any_machine_can_be_drawn(report: Report, factor: float) -> None:
    for thing in (*report["cases"], *report["yardsticks"]):
        for rate in thing["rates"].values():
            rate.update({key: rate[key] * factor for key in ("low", "median", "high")})
    assert has(draw_report(report), FORMS["ring"].colour)


def on_a_gpu(case: Report) -> Report:
    rates = {"1": case["rates"]["1"]}
    return {**deepcopy(case), "device": "cuda", "name": f"{case['name']} cuda", "rates": rates}


def test_a_gpu_has_bars_of_its_own(report: Report) -> None:
    without = draw_report(report)
    assert not has(without[:, 200:870], _GPU_COLOUR)
    report["cases"] += [on_a_gpu(case) for case in report["cases"]]
    assert has(draw_report(report)[262:, 200:870], _GPU_COLOUR)


def test_many_cases_take_a_higher_sheet(report: Report) -> None:
    report["cases"] = [{**case, "name": f"{case['name']} {i}"} for case in report["cases"] for i in range(30)]
    assert draw_report(report).shape == (262 + bars_height(report) + SIZE[1] - 1150, SIZE[0], 3)


def test_scores_are_drawn_where_there_are_any(report: Report) -> None:
    without = draw_report(report)
    report["scores"] = {"one": {"threads": 1, "score": 1234.0, "low": 1200.0, "high": 1300.0}}
    changed = (draw_report(report) != without).any(axis=2)
    rows, columns = np.nonzero(changed[:186])
    assert rows.size
    assert columns.min() > SIZE[0] / 2


def test_an_older_opencv_draws_it_with_strokes(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet, "_letters", lambda size: StrokeFont(size))
    assert has(draw_report(report), FORMS["png"].colour)


def test_a_line_that_leaves_the_sheet_is_cut() -> None:
    drawn = sheet.Sheet((40, 30))
    drawn.line([(-50.0, 15.0), (90.0, 15.0)], sheet.INK, 2, dashed=True)
    drawn.bar(sheet.Rectangle(-10, -10, 5, 5), sheet.INK)
    drawn.mark("triangle", (39, 29), 8, sheet.SOFT)
    assert has(drawn.pixels, sheet.INK)
    assert cv2.countNonZero(255 - drawn.pixels[..., 0]) < 40 * 30
