"""Vectors of float32 in kernels, by hand: where LLVM finds none by itself, or only such of half the width.

Such a function has two bodies, joined by `_jit.by_hand`: plain Python on slices, which runs where the JIT is off and
says what is done, and one that writes instructions. The arithmetic between is written once: it takes slices in the
one, `Vector` in the other.
"""

from __future__ import annotations

from typing import Any, Final

import llvmlite.binding
from llvmlite import ir

from ._jit import cgutils

IS_WIDE: Final = bool(llvmlite.binding.get_host_cpu_features().get("avx512f"))
"""Whether a register holds 16 lanes, and there are 32 of them."""

_FLAGS: Final = ("contract",)
"""A product and its sum may be rounded once, where one instruction makes both."""


class Vector:
    """Lanes in a register: sums, differences, and products with numbers."""

    def __init__(self, builder: Any, value: Any) -> None:
        self.builder, self.value = builder, value

    def __add__(self, other: Vector) -> Vector:
        return Vector(self.builder, self.builder.fadd(self.value, other.value, flags=_FLAGS))

    def __sub__(self, other: Vector) -> Vector:
        return Vector(self.builder, self.builder.fsub(self.value, other.value, flags=_FLAGS))

    def __rmul__(self, factor: float) -> Vector:
        constant = ir.Constant(self.value.type, [factor] * self.value.type.count)
        return self.times(Vector(self.builder, constant))

    def times(self, other: Vector) -> Vector:
        """Products, lane by lane."""
        return Vector(self.builder, self.builder.fmul(self.value, other.value, flags=_FLAGS))

    def above(self, least: Vector) -> Vector:
        """The greater of both, lane by lane."""
        greater = self.builder.fcmp_ordered(">", self.value, least.value)
        return Vector(self.builder, self.builder.select(greater, self.value, least.value))

    def unless(self, condition: Any, other: Vector) -> Vector:
        """The other lanes where the condition, one bit, holds."""
        return Vector(self.builder, self.builder.select(condition, other.value, self.value))


class Pen:
    """Writes the instructions of one call: `arguments` are its values, for an array a pointer to its numbers."""

    def __init__(self, lanes: int, context: Any, builder: Any, signature: Any, arguments: Any) -> None:
        self.builder, self.type = builder, ir.VectorType(ir.FloatType(), lanes)
        pairs = zip(signature.args, arguments, strict=True)
        self.arguments = [_pointer(context, builder, kind, value) for kind, value in pairs]
        self.nothing = context.get_dummy_value()

    def at(self, pointer: Any, *steps: Any) -> Any:
        """The pointer moved by the sum of `steps`, each a number, a value, or a pair of such to be multiplied."""
        for step in steps:
            pair = step if isinstance(step, tuple) else (step, 1)
            pointer = self.builder.gep(pointer, [self.builder.mul(self.number(pair[0]), self.number(pair[1]))])
        return pointer

    def load(self, pointer: Any) -> Vector:
        """Lanes from here on."""
        value = self.builder.load(self.builder.bitcast(pointer, self.type.as_pointer()))
        value.align = 4
        return Vector(self.builder, value)

    def store(self, pointer: Any, lanes: Vector) -> None:
        """Put lanes here."""
        self.builder.store(lanes.value, self.builder.bitcast(pointer, self.type.as_pointer())).align = 4

    def spread(self, value: Any) -> Vector:
        """One number in all lanes."""
        undefined, index = ir.Constant(self.type, ir.Undefined), ir.IntType(32)
        one = self.builder.insert_element(undefined, value, ir.Constant(index, 0))
        places = ir.Constant(ir.VectorType(index, self.type.count), None)
        return Vector(self.builder, self.builder.shuffle_vector(one, undefined, places))

    def zeros(self) -> Vector:
        """No number in any lane."""
        return Vector(self.builder, ir.Constant(self.type, None))

    def register(self) -> Any:
        """A place for lanes that change in a loop."""
        return cgutils.alloca_once(self.builder, self.type)

    @staticmethod
    def number(value: Any) -> Any:
        """A Python integer as a value."""
        return ir.Constant(ir.IntType(64), value) if isinstance(value, int) else value


def _pointer(context: Any, builder: Any, kind: Any, value: Any) -> Any:
    return context.make_array(kind)(context, builder, value).data if hasattr(kind, "ndim") else value
