"""Coordinate frames: pixels of an image, or the coordinate reference system of its georeference."""

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
"""Name of the frame of an image that has a transform but no coordinate reference system."""

_LOCAL: Final = {
    PIXELS: 'LOCAL_CS["pixels, y down",UNIT["pixel",1],AXIS["x",EAST],AXIS["y",SOUTH]]',
    UNKNOWN: 'LOCAL_CS["unknown",UNIT["unknown",1],AXIS["x",EAST],AXIS["y",NORTH]]',
}
_LONGITUDE_LATITUDE: Final = ("EPSG:4326", "OGC:CRS84")


class CoordinateFrame(NamedTuple):
    """What coordinates are measured in, and the transform from pixels.

    >>> north_up = CoordinateFrame("EPSG:32633", (10.0, 0.0, 500000.0, 0.0, -10.0, 5000000.0))
    >>> north_up.from_pixels(np.array([[0, 0], [3, 0], [3, 2]])).tolist()  # counterclockwise: y goes up
    [[500030.0, 4999980.0], [500030.0, 5000000.0], [500000.0, 5000000.0]]

    Attributes
    ----------
    name : str
        ``pixels``, or the coordinate reference system: its code as ``EPSG:32633``, else its WKT; ``unknown`` where an
        image has a transform but no coordinate reference system.
    transform : tuple[float, ...]
        a, b, c, d, e, f of x' = a x + b y + c and y' = d x + e y + f, x and y in pixels, y down.
    """

    name: str = PIXELS
    transform: tuple[float, ...] = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)

    @property
    def crs(self) -> dict[str, Any]:
        """GeoJSON's old member ``crs``, which GDAL and the tools built on it still read."""
        authority, _, code = self.name.partition(":")
        by_code = authority == "EPSG" and code.isdecimal()
        name = f"urn:ogc:def:crs:EPSG::{code}" if by_code else _LOCAL.get(self.name, self.name)
        return {"type": "name", "properties": {"name": name}}

    @property
    def is_longitude_latitude(self) -> bool:
        """Whether it is the longitude and latitude that RFC 7946 assumes."""
        return self.name in _LONGITUDE_LATITUDE

    def from_pixels(self, ring: NDArray[Any]) -> NDArray[Any]:
        """Return a ring (V, 2) of pixels in this frame, with the orientation that it has where pixels have y up."""
        if self.name == PIXELS:
            return ring
        matrix, offset = self._matrix()
        points: NDArray[Any] = ring @ matrix.T + offset
        return points[::-1] if np.linalg.det(matrix) < 0 else points

    def to_pixels(self, ring: NDArray[Any]) -> NDArray[Any]:
        """Return a ring (V, 2) of this frame in pixels, rounded to pixel corners."""
        if self.name == PIXELS:
            return ring
        matrix, offset = self._matrix()
        corners: NDArray[Any] = np.rint(np.linalg.solve(matrix, (ring - offset).T).T)
        return corners

    def _matrix(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the linear part (2, 2) and the offset (2,) of the transform."""
        a, b, c, d, e, f = self.transform
        return np.array([[a, b], [d, e]]), np.array([c, f])


def read_frame(image: Path | None, size: tuple[int, int]) -> CoordinateFrame:
    """Return the frame of an image file: that of its georeference if it has an affine one, else pixels.

    Parameters
    ----------
    image : Path or None
        The file; None where it is not known.
    size : tuple[int, int]
        (width, height) of the masks.

    Raises
    ------
    maskmill.errors.ArgumentError
        The image is georeferenced, but its size is not that of the masks.
    maskmill.errors.MissingPackageError
        rasterio is not installed.
    """
    if image is None:
        return CoordinateFrame()
    try:
        rasterio = import_module("rasterio")
    except ModuleNotFoundError:
        raise MissingPackageError("expected the package rasterio, got none - pip install rasterio") from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
            with rasterio.open(image) as opened:
                transform, crs, image_size = opened.transform, opened.crs, (opened.width, opened.height)
    except rasterio.errors.RasterioIOError:
        return CoordinateFrame()
    if transform.is_identity:
        return CoordinateFrame()
    if image_size != size:
        raise expected(f"an image of {size[0]}x{size[1]}", image_size, str(image))
    return CoordinateFrame(str(crs.to_string()) if crs else UNKNOWN, tuple(transform)[:6])
