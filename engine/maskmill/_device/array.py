"""An array in the memory of a GPU, for whoever else computes there."""

from __future__ import annotations

import math
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._kernels._jit import is_simulated


class DeviceArray:
    """An array that a GPU has made and keeps, finished when it is handed out.

    >>> pixels = masks.dense(device="cuda")  # doctest: +SKIP
    >>> torch.from_dlpack(pixels), cupy.asarray(pixels), pixels.copy_to_host()  # doctest: +SKIP

    C-order. It has DLPack and, but in the simulator, whose memory is the CPU's, ``__cuda_array_interface__``.
    The memory is free again when nobody who took it has it any more.

    Parameters
    ----------
    array
        Numba's array, with an element at least, as there is no empty memory.
    shape
        What of it is meant: all, or nothing.
    """

    __slots__ = ("_array", "_shape")

    def __init__(self, array: Any, shape: tuple[int, ...]) -> None:
        self._array = array
        self._shape = shape

    @property
    def shape(self) -> tuple[int, ...]:
        """As of a NumPy array."""
        return self._shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """As of a NumPy array."""
        dtype: np.dtype[Any] = np.dtype(self._array.dtype)
        return dtype

    @property
    def __cuda_array_interface__(self) -> dict[str, Any]:
        """Version 3, without a stream: there is nothing to wait for."""
        interface: dict[str, Any] = self._array.__cuda_array_interface__
        return interface | {"shape": self._shape, "stream": None}

    def __dlpack__(self, *, dl_device: tuple[int, int] | None = None, **wanted: Any) -> Any:
        """A capsule for ``from_dlpack``, which passes what it wants by the protocol's names: a view, and no copy."""
        if dl_device not in (None, self.__dlpack_device__()):
            wanted["dl_device"] = dl_device
        return self._lender().__dlpack__(**wanted)

    def __dlpack_device__(self) -> tuple[int, int]:
        """Kind and number of the device."""
        kind, number = self._lender().__dlpack_device__()
        return int(kind), int(number)

    def copy_to_host(self) -> NDArray[Any]:
        """A copy as a NumPy array."""
        host: NDArray[Any] = self._array.bind().copy_to_host()  # on no stream of its own, which is not waited for
        return host.reshape(-1)[: math.prod(self._shape)].reshape(self._shape)

    def _lender(self) -> Any:
        """What makes capsules: NVIDIA's view of the memory; NumPy's array, in the simulator."""
        if is_simulated():
            return self._array.reshape(-1)[: math.prod(self._shape)].reshape(self._shape)
        view = import_module("cuda.core.utils").StridedMemoryView
        return view.from_cuda_array_interface(self, stream_ptr=-1)

    def __repr__(self) -> str:
        """Shape and type."""
        return f"<DeviceArray: {self.dtype} {self.shape}>"
