"""Frames of reference: what the coordinates of a polygon are measured in."""

from __future__ import annotations

import warnings
from importlib import import_module
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from maskmill.errors import MissingPackageError, expected

PIXELS: Final = "pixels"
"""Name of the frame of an image without a georeference."""

UNKNOWN: Final = "unknown"
"""Name of the frame of an image with a transform that does not say into what."""

_LOCAL: Final = {
    PIXELS: 'LOCAL_CS["pixels, y down",UNIT["pixel",1],AXIS["x",EAST],AXIS["y",SOUTH]]',
    UNKNOWN: 'LOCAL_CS["unknown",UNIT["unknown",1],AXIS["x",EAST],AXIS["y",NORTH]]',
}
_LONGITUDE_LATITUDE: Final = ("EPSG:4326", "OGC:CRS84")


class Frame(NamedTuple):
    """Where coordinates lie, and how they follow from pixels.

    >>> north_up = Frame("EPSG:32633", (10.0, 0.0, 500000.0, 0.0, -10.0, 5000000.0))
    >>> north_up.from_pixels(np.array([[0, 0], [3, 0], [3, 2]])).tolist()  # counterclockwise: y goes up
    [[500030.0, 4999980.0], [500030.0, 5000000.0], [500000.0, 5000000.0]]

    Attributes
    ----------
    name
        ``pixels``, or the coordinate reference system: its code as ``EPSG:32633``, else its WKT; ``unknown`` where an
        image has a transform without saying of what.
    transform
        a, b, c, d, e, f of x' = a x + b y + c and y' = d x + e y + f, x and y in pixels, y down.
    """

    name: str = PIXELS
    transform: tuple[float, ...] = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)

    @property
    def crs(self) -> dict[str, Any]:
        """GeoJSON's old member ``crs``, which GDAL and all that stands on it still read."""
        authority, _, code = self.name.partition(":")
        by_code = authority == "EPSG" and code.isdecimal()
        name = f"urn:ogc:def:crs:EPSG::{code}" if by_code else _LOCAL.get(self.name, self.name)
        return {"type": "name", "properties": {"name": name}}

    @property
    def is_longitude_latitude(self) -> bool:
        """It is what RFC 7946 takes coordinates for."""
        return self.name in _LONGITUDE_LATITUDE

    def from_pixels(self, ring: NDArray[Any]) -> NDArray[Any]:
        """A ring (V, 2) in this frame, turning in it as the ring turned where pixels are drawn with y up."""
        if self.name == PIXELS:
            return ring
        matrix, offset = self._matrix()
        points: NDArray[Any] = ring @ matrix.T + offset
        return points[::-1] if np.linalg.det(matrix) < 0 else points

    def to_pixels(self, ring: NDArray[Any]) -> NDArray[Any]:
        """The corners of pixels that a ring (V, 2) in this frame is made of."""
        if self.name == PIXELS:
            return ring
        matrix, offset = self._matrix()
        corners: NDArray[Any] = np.rint(np.linalg.solve(matrix, (ring - offset).T).T)
        return corners

    def _matrix(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        a, b, c, d, e, f = self.transform
        return np.array([[a, b], [d, e]]), np.array([c, f])


def frame_of(image: Path | None, size: tuple[int, int]) -> Frame:
    """The frame of an image file: that of its georeference, if it has an affine one, else pixels.

    Parameters
    ----------
    image
        The file; None where it is not known.
    size
        (width, height) of the masks.

    Raises
    ------
    maskmill.errors.ArgumentError
        The image is georeferenced, but of another size, so that the masks are not in its pixels.
    maskmill.errors.MissingPackageError
        rasterio is not installed.
    """
    if image is None:
        return Frame()
    try:
        rasterio = import_module("rasterio")
    except ModuleNotFoundError:
        raise MissingPackageError("expected the package rasterio, got none - pip install rasterio") from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
            with rasterio.open(image) as opened:
                transform, crs, found = opened.transform, opened.crs, (opened.width, opened.height)
    except rasterio.errors.RasterioIOError:
        return Frame()
    if transform.is_identity:
        return Frame()
    if found != size:
        raise expected(f"an image of {size[0]}x{size[1]}", found, str(image))
    return Frame(_name(crs), tuple(transform)[:6])


def _name(crs: Any) -> str:
    return str(crs.to_string()) if crs else UNKNOWN
