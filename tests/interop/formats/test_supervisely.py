"""Supervisely's converter reads LabelMe's masks: the same pixels.

It pins OpenCV's build with displays and its own Pillow, so it is in no extra; it runs where it is installed.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import orjson
import pytest

from maskmill_bindings.exports import labelme
from support.datasets.export_records import record_of_several_parts, records_of_one_part

helper = pytest.importorskip("supervisely.convert.image.label_me.label_me_helper")


@pytest.mark.filterwarnings("ignore")
def test_masks(tmp_path: Path) -> None:
    import supervisely as sly

    records = [*records_of_one_part(), record_of_several_parts()]
    for record, file in zip(records, labelme.write(records, tmp_path), strict=True):
        for made, row in zip(orjson.loads(file.read_bytes())["shapes"], record.masks, strict=True):
            label = helper.convert_labelme_to_sly(made, sly.ObjClass(made["label"], sly.Bitmap))
            canvas = np.zeros(row.size[::-1], np.uint8)
            label.geometry.draw(canvas, 1)
            np.testing.assert_array_equal(canvas.astype(bool), row.dense())
