"""Numba decorators for kernels, with every compiler option and the key of the machine-code cache.

Numba keys a cached kernel on the source file of that kernel only. A change to a step in another file, or an upgrade
that leaves an old ``__pycache__`` behind, would then run stale machine code. The key used here also holds a digest of
all kernel sources and of the compiler switches that change the code. Where no cache directory is writable, each process
compiles for itself instead of failing at import.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numba
from llvmlite import ir
from numba import types as types
from numba.core import cgutils as cgutils
from numba.core.caching import FunctionCache
from numba.extending import intrinsic, register_jitable
from numba.extending import overload as overload

_F = TypeVar("_F", bound=Callable[..., Any])
_config: Any = numba.config

_NUMBA_LOG = logging.getLogger("numba")
if _NUMBA_LOG.level == logging.NOTSET:  # else a program that logs at DEBUG gets a million lines per compilation
    _NUMBA_LOG.setLevel(logging.WARNING)


@cache
def kernel_digest() -> str:
    """Return the SHA-256 of all kernel sources and compiler switches, in hexadecimal."""
    digest = hashlib.sha256(f"boundscheck={_config.BOUNDSCHECK} opt={_config.OPT}".encode())
    root = Path(__file__).parent
    for path in sorted(root.rglob("*.py")):
        digest.update(f"\0{path.relative_to(root).as_posix()}\0".encode() + path.read_bytes())
    return digest.hexdigest()


class _KeyedCache(FunctionCache):
    """Numba's cache with the digest in its key; failing to write it is not an error."""

    def _index_key(self, sig: Any, codegen: Any) -> Any:
        return (*super()._index_key(sig, codegen), kernel_digest())

    def save_overload(self, sig: Any, data: Any) -> None:
        try:
            super().save_overload(sig, data)
        except OSError:
            self.disable()


_ERROR_MODEL = "numpy"
"""Division by zero is not checked: without the check LLVM vectorises loops, four times as fast for resize weights."""


def kernel(function: _F) -> _F:
    """Compile a kernel in nopython mode: without the GIL, with strict IEEE arithmetic, cached on disk if possible."""
    dispatcher: Any = numba.njit(nogil=True, error_model=_ERROR_MODEL)(function)
    if not _config.DISABLE_JIT:
        with suppress(RuntimeError):  # no writable cache directory: each process compiles for itself
            dispatcher._cache = _KeyedCache(function)
    compiled: _F = dispatcher
    return compiled


def shared(function: _F) -> _F:
    """Let kernels call a function of scalar arithmetic, which stays a plain function for Python callers."""
    registered: _F = register_jitable(error_model=_ERROR_MODEL)(function)
    return registered


def step(function: _F) -> _F:
    """Compile scalar arithmetic that is inlined into the kernels of every target."""
    inlined: Any = numba.njit(inline="always", nogil=True, error_model=_ERROR_MODEL)(function)
    compiled: _F = inlined
    return compiled


def cuda_module() -> Any:
    """Import and return `numba.cuda`, with its warning about small launches off; for CUDA kernel modules only."""
    from numba import cuda

    _config.CUDA_LOW_OCCUPANCY_WARNINGS = 0
    return cuda


def cuda_kernel(function: _F) -> _F:
    """Mark a CUDA kernel, which is compiled at its first launch.

    Arithmetic is strict except for contractions (a product and sum rounded once), on which no result may depend.
    """
    compiled: _F = cuda_module().jit(function, fastmath=False)
    return compiled


def llvm_intrinsic(fallback: Callable[..., Any]) -> Callable[[Callable[..., Any]], Any]:
    """Decorate a typing function as an intrinsic that writes LLVM instructions.

    The decorated function returns the signature and the function that writes the instructions, as for
    `numba.extending.intrinsic`. With the JIT off, `fallback` is used instead: the same arithmetic in Python, under the
    same docstring.
    """

    def choose(typing: Callable[..., Any]) -> Any:
        fallback.__doc__ = fallback.__doc__ or typing.__doc__
        return fallback if _config.DISABLE_JIT else intrinsic(typing)

    return choose


def is_cuda_simulated() -> bool:
    """Return whether CUDA kernels run in Numba's simulator."""
    return bool(_config.ENABLE_CUDASIM)


def trailing_zeros(word: int) -> int:
    """Return the number of zero bits below the lowest set bit; `word` must not be 0."""
    return int(word & -word).bit_length() - 1


def _cttz(_context: Any, word: Any) -> Any:
    def generate(_lowering: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return (types.int64(types.int64), generate) if isinstance(word, types.Integer) else None


_cttz_intrinsic: Any = intrinsic(_cttz)


@overload(trailing_zeros, inline="always")
def _trailing_zeros(word: Any) -> Any:
    """Use one instruction in kernels; a popcount of the bits below, without an intrinsic, takes twelve."""

    def count(word: Any) -> Any:
        return _cttz_intrinsic(word)

    return count
