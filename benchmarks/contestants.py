"""The contestants: each decodes texts of replies to what its case asks for, as fast as its libraries allow.

All run on one thread, read the same texts and yield the same kind of results one after the other, so dense masks need
not be kept. Other libraries are used as a careful user would, and always by their fastest function for the result.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .workload import HEIGHT, SIZE, WIDTH

Texts = list[str]
Result = Iterator[Any]


def maskmill_rle(texts: Texts) -> Result:
    """Run maskmill to COCO RLE."""
    import maskmill

    for text in texts:
        yield from maskmill.decode(text, SIZE).coco()


def maskmill_dense(texts: Texts) -> Result:
    """Run maskmill to (N, H, W) bool."""
    import maskmill

    for text in texts:
        yield maskmill.decode(text, SIZE).dense()


def best_png_rle(texts: Texts) -> Result:
    """Run the fastest known composition: orjson, pybase64, OpenCV, rlemasklib on the crop."""
    import cv2
    from rlemasklib import RLEMask

    cv2.setNumThreads(1)
    for item in _items(texts):
        x0, y0, x1, y1 = _box(item)
        crop = cv2.resize(_map_by_opencv(item), (x1 - x0, y1 - y0), interpolation=cv2.INTER_LINEAR)
        mask = RLEMask.from_array(crop, threshold=128)
        yield mask.pad(y0, HEIGHT - y1, x0, WIDTH - x1).to_dict()


def opencv_png_rle(texts: Texts) -> Result:
    """Run OpenCV on a full canvas, then pycocotools."""
    import cv2
    from pycocotools import mask as coco

    cv2.setNumThreads(1)
    for item in _items(texts):
        x0, y0, x1, y1 = _box(item)
        canvas = np.zeros((HEIGHT, WIDTH), np.uint8, order="F")
        canvas[y0:y1, x0:x1] = cv2.resize(_map_by_opencv(item), (x1 - x0, y1 - y0)) > 127
        yield coco.encode(canvas)


def pillow_png_rle(texts: Texts) -> Result:
    """Run Pillow on a full canvas, then pycocotools."""
    from pycocotools import mask as coco

    for item in _items(texts):
        x0, y0, x1, y1 = _box(item)
        canvas = np.zeros((HEIGHT, WIDTH), np.uint8, order="F")
        canvas[y0:y1, x0:x1] = _crop_by_pillow(item, (x1 - x0, y1 - y0)) > 127
        yield coco.encode(canvas)


def cookbook_png_rle(texts: Texts) -> Result:
    """Run Google's cookbook's way, a C-order image an object, then pycocotools."""
    from pycocotools import mask as coco

    for text in texts:
        for item in json.loads(text.split("```json")[1].split("```")[0]):
            y0, x0, y1, x1 = (int(v / 1000 * side) for v, side in zip(item["box_2d"], (HEIGHT, WIDTH) * 2, strict=True))
            canvas = np.zeros((HEIGHT, WIDTH), np.uint8)
            canvas[y0:y1, x0:x1] = _crop_by_pillow(item, (x1 - x0, y1 - y0))
            yield coco.encode(np.asfortranarray(canvas > 127, np.uint8))


def supervision_png_dense(texts: Texts) -> Result:
    """Run supervision."""
    import supervision as sv

    for text in texts:
        yield sv.Detections.from_vlm(sv.VLM.GOOGLE_GEMINI_2_5, text, resolution_wh=SIZE).mask


def supervision_png_rle(texts: Texts) -> Result:
    """Run supervision, then pycocotools."""
    return _encoded(supervision_png_dense(texts))


def supervision_ring_dense(texts: Texts) -> Result:
    """Run supervision for Gemini 3.6."""
    import supervision as sv

    for text in texts:
        yield sv.Detections.from_vlm(sv.VLM.GOOGLE_GEMINI_3_6, text, resolution_wh=SIZE).mask


def supervision_ring_rle(texts: Texts) -> Result:
    """Run supervision for Gemini 3.6, then pycocotools."""
    return _encoded(supervision_ring_dense(texts))


def best_ring_rle(texts: Texts) -> Result:
    """Run the fastest known composition: orjson, numpy, rlemasklib."""
    from rlemasklib import RLEMask

    for points in _rings(texts):
        yield RLEMask.from_polygon(points, imshape=(HEIGHT, WIDTH)).to_dict()


def pycocotools_ring_rle(texts: Texts) -> Result:
    """Run orjson, numpy, pycocotools."""
    from pycocotools import mask as coco

    for points in _rings(texts):
        yield coco.frPyObjects([points.ravel()], HEIGHT, WIDTH)[0]


def rasterio_ring_rle(texts: Texts) -> Result:
    """Run orjson, numpy, shapely, rasterio on a full canvas, pycocotools."""
    from pycocotools import mask as coco
    from rasterio.features import rasterize
    from shapely import Polygon

    for polygon in map(Polygon, _rings(texts)):
        yield coco.encode(np.asfortranarray(rasterize([polygon], (HEIGHT, WIDTH), dtype=np.uint8)))


def skimage_ring_rle(texts: Texts) -> Result:
    """Run orjson, numpy, scikit-image on a full canvas, pycocotools."""
    from pycocotools import mask as coco
    from skimage.draw import polygon

    for points in _rings(texts):
        canvas = np.zeros((HEIGHT, WIDTH), np.uint8, order="F")
        canvas[polygon(points[:, 1] - 0.5, points[:, 0] - 0.5, canvas.shape)] = 1
        yield coco.encode(canvas)


def opencv_ring_dense(texts: Texts) -> Result:
    """Run cv2.fillPoly into one (N, H, W) array per reply, from rounded points."""
    import cv2
    import orjson

    cv2.setNumThreads(1)
    for text in texts:
        rings = [_points(item) for item in orjson.loads(text)["boxes"]]
        masks = np.zeros((len(rings), HEIGHT, WIDTH), np.uint8)
        for mask, points in zip(masks, rings, strict=True):
            cv2.fillPoly(mask, [np.round(points).astype(np.int32)], 1)
        yield masks.view(bool)


def deflate_alone(texts: Texts) -> Result:
    """Inflate the streams and do nothing else: a baseline, not a contestant."""
    import deflate

    for stream in _streams(texts):
        deflate.zlib_decompress(stream, 256 * 257)
    yield from ()


# Parts.


def _items(texts: Texts) -> Iterator[dict[str, Any]]:
    import orjson

    for text in texts:
        yield from orjson.loads(text[len("```json\n") : -len("\n```")])


def _box(item: dict[str, Any]) -> tuple[int, int, int, int]:
    y0, x0, y1, x1 = item["box_2d"]
    return x0 * WIDTH // 1000, y0 * HEIGHT // 1000, x1 * WIDTH // 1000, y1 * HEIGHT // 1000


def _map_by_opencv(item: dict[str, Any]) -> Any:
    import cv2
    import pybase64

    data = pybase64.b64decode(item["mask"][len("data:image/png;base64,") :])
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)


def _crop_by_pillow(item: dict[str, Any], size: tuple[int, int]) -> Any:
    from PIL import Image

    picture = Image.open(io.BytesIO(base64.b64decode(item["mask"][len("data:image/png;base64,") :])))
    return np.array(picture.resize(size, Image.Resampling.BILINEAR))


def _rings(texts: Texts) -> Iterator[Any]:
    import orjson

    return (_points(item) for text in texts for item in orjson.loads(text)["boxes"])


def _points(item: dict[str, Any]) -> Any:
    return np.array(item["mask"], np.float64) * (WIDTH / 1000, HEIGHT / 1000)


def _encoded(stacks: Result) -> Result:
    from pycocotools import mask as coco

    for masks in stacks:
        yield from coco.encode(np.asfortranarray(masks.transpose(1, 2, 0).astype(np.uint8)))


_inflated: dict[int, list[bytes]] = {}


def _streams(texts: Texts) -> list[bytes]:
    """Return the zlib streams of the PNGs, extracted once, since only inflating is to be timed."""
    if id(texts) not in _inflated:
        pngs = [base64.b64decode(item["mask"].partition(",")[2]) for item in _items(texts)]
        _inflated[id(texts)] = [png[41:-16] for png in pngs]
    return _inflated[id(texts)]


CONTESTANTS: dict[str, dict[str, Callable[[Texts], Result]]] = {
    "png to RLE": {
        "maskmill": maskmill_rle,
        "cv2 + rlemasklib": best_png_rle,
        "cv2 + pycocotools": opencv_png_rle,
        "Pillow + pycocotools": pillow_png_rle,
        "cookbook + pycocotools": cookbook_png_rle,
        "supervision + pycocotools": supervision_png_rle,
        "inflating alone": deflate_alone,
    },
    "ring to RLE": {
        "maskmill": maskmill_rle,
        "numpy + rlemasklib": best_ring_rle,
        "numpy + pycocotools": pycocotools_ring_rle,
        "shapely + rasterio + pycocotools": rasterio_ring_rle,
        "scikit-image + pycocotools": skimage_ring_rle,
        "supervision + pycocotools": supervision_ring_rle,
    },
    "png to dense": {"maskmill": maskmill_dense, "supervision": supervision_png_dense},
    "ring to dense": {
        "maskmill": maskmill_dense,
        "cv2.fillPoly": opencv_ring_dense,
        "supervision": supervision_ring_dense,
    },
}
"""The contestants of each case, maskmill first."""
