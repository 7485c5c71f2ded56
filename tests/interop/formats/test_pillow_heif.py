"""Sizes of HEIC and AVIF files by their headers, against libheif."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageOps

from maskmill._images.header_size import image_size

pillow_heif = pytest.importorskip("pillow_heif")


@pytest.mark.parametrize("form", ["HEIF", "AVIF"])
@pytest.mark.parametrize("size", [(400, 240), (41, 25), (1203, 907)])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_sizes_are_those_of_libheif(form: str, size: tuple[int, int], orientation: int) -> None:
    pillow_heif.register_heif_opener()
    exif = Image.Exif()
    exif[0x0112] = orientation
    held = io.BytesIO()
    Image.new("RGB", size, (9, 90, 200)).save(held, form, exif=exif)
    with Image.open(io.BytesIO(held.getvalue())) as image:
        assert image_size(io.BytesIO(held.getvalue())) == ImageOps.exif_transpose(image).size
