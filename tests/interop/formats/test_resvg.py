"""Renderers of SVG, resvg and Cairo, show the pixels of each path, and the complete picture."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from maskmill_bindings.exports import svg
from support.datasets.varied_records import records, scene

NAMESPACE = "{http://www.w3.org/2000/svg}"


def resvg(text: str) -> NDArray[np.uint8]:
    return pixels(bytes(pytest.importorskip("resvg_py").svg_to_bytes(svg_string=text)))


def cairo(text: str) -> NDArray[np.uint8]:
    try:
        import cairosvg
    except (ImportError, OSError):  # the package, or the library that it loads
        pytest.skip("no cairosvg here")
    return pixels(cairosvg.svg2png(text.encode()))


def pixels(png: bytes) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


@pytest.mark.parametrize("render", [resvg, cairo])
def test_a_path_fills_the_pixels_of_its_mask(tmp_path: Path, render: Callable[[str], NDArray[np.uint8]]) -> None:
    wanted = {record.key: record for record in records()}
    for file in svg.write(records(), tmp_path):
        root = ElementTree.parse(file).getroot()
        masks = wanted[root.get("data-key", "")].masks
        for path in root.findall(f"{NAMESPACE}path"):
            alone = (
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{root.get("viewBox")}" width="{root.get("width")}" '
                f'height="{root.get("height")}"><rect width="100%" height="100%" fill="black"/>'
                f'<path d="{path.get("d")}" fill="white" fill-rule="{path.get("fill-rule")}"/></svg>'
            )
            image = render(alone)
            assert set(np.unique(image)) <= {0, 255}
            np.testing.assert_array_equal(image[..., 0] == 255, masks[int(path.get("data-index", ""))].dense())


def test_the_complete_picture(tmp_path: Path) -> None:
    [file] = svg.write(scene(), tmp_path)
    text = re.sub(r"stroke-width:\d+", "stroke-width:0", file.read_text())
    image, instances = resvg(text), scene().masks.instance_map()
    assert image.shape == (*instances.shape, 3)
    assert (image[instances == 0] == 128).all()
    assert (np.ptp(image[instances > 0].astype(int), axis=1) > 20).all()
