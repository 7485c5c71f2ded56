"""SIMD vectors of float32 for kernels that LLVM does not vectorise, or only at half the register width.

A function that uses them has two bodies, joined by `_jit.llvm_intrinsic`: a Python body on array slices, which
specifies the result and runs with the JIT off, and one that writes LLVM instructions with a `VectorWriter`. The
arithmetic between loads and stores is written once: it takes slices in the first case and `Vector` in the second.
"""

from __future__ import annotations

from typing import Any, Final

import llvmlite.binding
from llvmlite import ir

from ._jit import cgutils

HAS_AVX512: Final = bool(llvmlite.binding.get_host_cpu_features().get("avx512f"))
"""Whether the CPU has 32 registers of 16 float32 lanes, instead of 16 registers of 8."""

_FLAGS: Final = ("contract",)
"""A product and its sum may be rounded once, if one instruction computes both."""


class Vector:
    """Lanes of float32 in a register."""

    def __init__(self, builder: Any, value: Any) -> None:
        self.builder, self.value = builder, value

    def __add__(self, other: Vector) -> Vector:
        return Vector(self.builder, self.builder.fadd(self.value, other.value, flags=_FLAGS))

    def __sub__(self, other: Vector) -> Vector:
        return Vector(self.builder, self.builder.fsub(self.value, other.value, flags=_FLAGS))

    def __rmul__(self, factor: float) -> Vector:
        constant = ir.Constant(self.value.type, [factor] * self.value.type.count)
        return self.multiply(Vector(self.builder, constant))

    def multiply(self, other: Vector) -> Vector:
        """Return the products lane by lane."""
        return Vector(self.builder, self.builder.fmul(self.value, other.value, flags=_FLAGS))

    def maximum(self, other: Vector) -> Vector:
        """Return the greater value lane by lane."""
        is_greater = self.builder.fcmp_ordered(">", self.value, other.value)
        return Vector(self.builder, self.builder.select(is_greater, self.value, other.value))

    def replace_if(self, condition: Any, other: Vector) -> Vector:
        """Return `other` if the condition, an LLVM i1 value, holds, else this vector."""
        return Vector(self.builder, self.builder.select(condition, other.value, self.value))


class VectorWriter:
    """Writes the LLVM instructions of one intrinsic.

    Parameters
    ----------
    lanes : int
        float32 values per vector.
    context, builder, signature, arguments
        As Numba passes them to the code generator of an intrinsic.

    Attributes
    ----------
    arguments : list
        The argument values; for an array, the pointer to its first value.
    void
        The value to return from an intrinsic that returns nothing.
    """

    def __init__(self, lanes: int, context: Any, builder: Any, signature: Any, arguments: Any) -> None:
        self.builder, self.type = builder, ir.VectorType(ir.FloatType(), lanes)
        pairs = zip(signature.args, arguments, strict=True)
        self.arguments = [_pointer(context, builder, kind, value) for kind, value in pairs]
        self.void = context.get_dummy_value()

    def offset(self, pointer: Any, *steps: Any) -> Any:
        """Return a pointer moved by the sum of `steps`: integers, values, or pairs of them to multiply."""
        for step in steps:
            pair = step if isinstance(step, tuple) else (step, 1)
            pointer = self.builder.gep(pointer, [self.builder.mul(self.constant(pair[0]), self.constant(pair[1]))])
        return pointer

    def load(self, pointer: Any) -> Vector:
        """Load a vector that starts at `pointer`."""
        value = self.builder.load(self.builder.bitcast(pointer, self.type.as_pointer()))
        value.align = 4
        return Vector(self.builder, value)

    def store(self, pointer: Any, lanes: Vector) -> None:
        """Store a vector at `pointer`."""
        self.builder.store(lanes.value, self.builder.bitcast(pointer, self.type.as_pointer())).align = 4

    def broadcast(self, value: Any) -> Vector:
        """Return a vector with one value in all lanes."""
        undefined, index = ir.Constant(self.type, ir.Undefined), ir.IntType(32)
        first = self.builder.insert_element(undefined, value, ir.Constant(index, 0))
        zeros = ir.Constant(ir.VectorType(index, self.type.count), None)
        return Vector(self.builder, self.builder.shuffle_vector(first, undefined, zeros))

    def zeros(self) -> Vector:
        """Return a vector of zeros."""
        return Vector(self.builder, ir.Constant(self.type, None))

    def allocate(self) -> Any:
        """Return a stack slot for a vector that changes in a loop."""
        return cgutils.alloca_once(self.builder, self.type)

    @staticmethod
    def constant(value: Any) -> Any:
        """Return a Python integer as an LLVM constant; pass LLVM values through."""
        return ir.Constant(ir.IntType(64), value) if isinstance(value, int) else value


def _pointer(context: Any, builder: Any, kind: Any, value: Any) -> Any:
    return context.make_array(kind)(context, builder, value).data if hasattr(kind, "ndim") else value
