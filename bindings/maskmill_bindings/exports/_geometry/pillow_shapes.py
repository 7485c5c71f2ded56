"""TEMPORARY until the kernels are merged."""

import math

import numpy as np
from PIL import Image, ImageDraw


def _d(size, f):
    from maskmill import Masks

    im = Image.new("L", size)
    f(ImageDraw.Draw(im))
    return Masks.from_dense(np.array(im)[None]).coco()[0]


def fill_polygon(points, size):
    return _d(size, lambda d: d.polygon([tuple(p) for p in np.asarray(points).tolist()], outline=1, fill=1))


def fill_rectangle(points, size):
    a = np.asarray(points)
    return _d(size, lambda d: d.rectangle([tuple(a.min(0)), tuple(a.max(0))], outline=1, fill=1))


def fill_circle(points, size):
    (cx, cy), (px, py) = np.asarray(points).tolist()
    r = math.sqrt((cx - px) ** 2 + (cy - py) ** 2)
    return _d(size, lambda d: d.ellipse([cx - r, cy - r, cx + r, cy + r], outline=1, fill=1))
