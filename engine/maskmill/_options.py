"""The options of decoding: checked once, and resolved once to what kernels and devices take."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from itertools import zip_longest
from typing import Any, Final, Literal

from . import codebooks
from ._device.selection import Device, Target, choose_target
from ._frames import DIALECTS, Convention, convention
from ._images.size import Size, read_size
from ._kernels.cpu.replies.batch import AXIS_AUTO, AXIS_XY, AXIS_YX, KernelOptions
from ._layout import Dialect
from .codebooks import Codebook
from .errors import expected
from .limits import Limits

Axis = Literal["auto", "xy", "yx"]
Fallback = Literal["none", "box"]
FrameOption = Literal["auto", "thousandths", "unit", "percent", "pixels", "box"] | Size

DEFAULT_LIMITS: Final = Limits()

_AUTO: Final = "auto"
_FRAMES: Final = ("auto", "thousandths", "unit", "percent", "pixels", "box")
_AXES: Final = {"auto": AXIS_AUTO, "xy": AXIS_XY, "yx": AXIS_YX}
_MAX_KERNEL_INTEGER: Final = 2**62
"""A bound that no reply reaches, and that fits into the 64 bits of a kernel."""


class _Resolved:
    """Slots for what is derived from the options: neither fields nor pickled."""

    __slots__ = ("_cached_convention", "_cached_kernel_options", "_cached_target")
    _cached_convention: Convention
    _cached_kernel_options: KernelOptions
    _cached_target: tuple[int, Target]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(_Resolved):
    """The options of decoding; see `maskmill.Decoder` for what they mean.

    Raises
    ------
    maskmill.errors.ArgumentError
        An option is out of its range, or the codebook cannot be read.
    maskmill.errors.DeviceError
        The device cannot be used.
    """

    threshold: int = 127
    axis: Axis = "auto"
    fallback: Fallback = "none"
    codebook: codebooks.CodebookSource = None
    device: Device = "auto"
    limits: Limits = DEFAULT_LIMITS
    boxes: Axis = "auto"
    frame: FrameOption = "auto"
    dialect: Dialect = "auto"

    def __setstate__(self, state: list[Any]) -> None:
        """Restore the options from a pickle; one of an earlier version lacks the last, which get their defaults."""
        for field, value in zip_longest(fields(self), state):
            object.__setattr__(self, field.name, field.default if value is None and field.default else value)

    def __post_init__(self) -> None:
        """Check every option, and load the codebook."""
        if type(self.threshold) is not int or not 0 <= self.threshold <= 255:
            raise expected("an integer in 0..255", self.threshold, "threshold")
        if not isinstance(self.axis, str) or self.axis not in _AXES:
            raise expected("'auto', 'xy' or 'yx'", self.axis, "axis")
        if self._has_convention:
            self._check_convention()
        if not isinstance(self.fallback, str) or self.fallback not in ("none", "box"):
            raise expected("'none' or 'box'", self.fallback, "fallback")
        object.__setattr__(self, "codebook", codebooks.resolve_codebook(self.codebook))
        if not isinstance(self.limits, Limits):
            raise expected("a maskmill.Limits", self.limits, "limits")
        self._resolve_target()

    def _check_convention(self) -> None:
        """Check the options on orders and frames."""
        if not isinstance(self.boxes, str) or self.boxes not in _AXES:
            raise expected("'auto', 'yx' or 'xy'", self.boxes, "boxes")
        if not isinstance(self.dialect, str) or self.dialect not in DIALECTS:
            raise expected(f"one of {', '.join(map(repr, DIALECTS))}", self.dialect, "dialect")
        object.__setattr__(self, "frame", _checked_frame(self.frame))

    @property
    def _loaded_codebook(self) -> Codebook | None:
        """The codebook, which was loaded when the options were checked."""
        codebook = self.codebook
        assert codebook is None or isinstance(codebook, Codebook)
        return codebook

    @property
    def _convention(self) -> Convention:
        """The order and the frame that these options demand."""
        if not hasattr(self, "_cached_convention"):
            resolved = convention(self.boxes, self.axis, self.frame, self.dialect)
            object.__setattr__(self, "_cached_convention", resolved)
        return self._cached_convention

    @property
    def _has_convention(self) -> bool:
        """Whether the options demand an order of boxes, a frame or a dialect, which only the full path knows."""
        if self.boxes is _AUTO and self.frame is _AUTO and self.dialect is _AUTO:  # interned, so nearly always
            return False
        return any(not isinstance(v, str) or v != _AUTO for v in (self.boxes, self.frame, self.dialect))

    @property
    def _kernel_options(self) -> KernelOptions:
        """The options that kernels read."""
        if hasattr(self, "_cached_kernel_options"):
            return self._cached_kernel_options
        bounds = self.limits
        limits = bounds.max_vertices, bounds.max_crossings, bounds.max_reply_crossings, bounds.max_reply_counts
        options = KernelOptions(
            self.threshold, _AXES[self.axis], *(min(limit, _MAX_KERNEL_INTEGER) for limit in limits)
        )
        object.__setattr__(self, "_cached_kernel_options", options)
        return options

    @property
    def _target(self) -> Target:
        """Where to decode; resolved again in another process, since a process forked after CUDA started has no GPU."""
        if hasattr(self, "_cached_target") and self._cached_target[0] == os.getpid():
            return self._cached_target[1]
        return self._resolve_target()

    def _resolve_target(self) -> Target:
        target = choose_target(self.device)
        object.__setattr__(self, "_cached_target", (os.getpid(), target))
        return target


def _checked_frame(frame: Any) -> Any:
    """Return the name of a frame, or the (width, height) of an image as a tuple."""
    if isinstance(frame, str) and frame in _FRAMES:
        return frame
    if not isinstance(frame, str) and isinstance(frame, (tuple, list)) and len(frame) == 2:
        return read_size(tuple(frame), DEFAULT_LIMITS, "frame")
    raise expected(f"(width, height) or one of {', '.join(map(repr, _FRAMES))}", frame, "frame")
