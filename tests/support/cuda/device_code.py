"""CUDA kernels without a GPU: compile them for an architecture, and run their LLVM IR on the CPU.

`python tests/support/cuda/device_code.py 8.0` prints the resources of each kernel on that architecture as JSON;
without a number, the table for all architectures that `maskmill._kernels.cuda` holds. Needs the wheels of the extra
`cuda12` or `cuda13`, but no driver. Running the IR also needs LLVMLITE_ENABLE_IR_LAYER_TYPED_POINTERS=0 in the
environment, with which NVVM compiles no code for architectures before 10.0.
"""

from __future__ import annotations

import ctypes
import json
import re
import sys
from collections.abc import Callable, Generator
from functools import cache
from typing import Any

import llvmlite.binding as llvm
import numpy as np
from numba import cuda, types

from maskmill._kernels.cuda import composite, label_map, mask_batches, prefix_sums, rasterize, resize, run_lengths

_B, _I, _L, _W, _F = types.uint8, types.int32, types.int64, types.uint32, types.float64
_VECTOR = {dtype: types.Array(dtype, 1, "C") for dtype in (_B, _I, _L, _W, _F)}
_TABLE, _PAIR = types.Array(_L, 2, "C"), types.UniTuple(_L, 2)
_BYTES, _INTS, _LONGS, _BITS = (_VECTOR[dtype] for dtype in (_B, _I, _L, _W))
_SHARES = types.Array(_F, 2, "C")
_STACK, _IMAGE = types.Array(types.boolean, 3, "C"), types.Array(_I, 2, "C")

ARCHITECTURES = ("7.5", "8.0", "9.0", "10.0", "12.0")
MODULES = (rasterize, resize, run_lengths, composite, label_map)
SIGNATURES: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "rasterize._fill_crossing_rows": (rasterize._fill_crossing_rows, (_TABLE, _LONGS, _VECTOR[_F], _INTS)),
    "rasterize._fill_polygon_bits": (
        rasterize._fill_polygon_bits,
        (_TABLE, _INTS, _TABLE, _LONGS, _TABLE, _LONGS, _BITS, _BYTES),
    ),
    "resize._fill_lines": (resize._fill_lines, (_BYTES, _TABLE, _TABLE, _LONGS, _INTS, _BYTES)),
    "resize._fill_lines_from_bits": (resize._fill_lines_from_bits, (_BITS, _TABLE, _TABLE, _LONGS, _INTS, _BYTES)),
    "resize._fill_box_bits": (resize._fill_box_bits, (_BYTES, _TABLE, _TABLE, _LONGS, _INTS, _BITS)),
    "run_lengths._count_changes": (run_lengths._count_changes, (_BITS, _TABLE, _LONGS, _INTS)),
    "run_lengths._place_changes": (run_lengths._place_changes, (_BITS, _TABLE, _LONGS, _LONGS, _INTS)),
    "run_lengths._fill_counts": (run_lengths._fill_counts, (_INTS, _LONGS, _LONGS, _TABLE, _INTS)),
    "run_lengths._gather_values": (run_lengths._gather_values, (_LONGS, _LONGS, _LONGS)),
    "prefix_sums._sum_blocks": (prefix_sums._sum_blocks, (_INTS, _L, _LONGS, _LONGS)),
    "prefix_sums._add_totals": (prefix_sums._add_totals, (_LONGS, _LONGS)),
    "run_lengths._fill_ends": (run_lengths._fill_ends, (_LONGS, _LONGS, _L, _L, _INTS)),
    "run_lengths._add_areas": (run_lengths._add_areas, (_INTS, _LONGS, _L, _LONGS)),
    "run_lengths._widen_boxes": (run_lengths._widen_boxes, (_INTS, _LONGS, _L, _L, _LONGS)),
    "run_lengths._finish_boxes": (run_lengths._finish_boxes, (_LONGS, _L, _TABLE)),
    "run_lengths._fill_intersections": (
        run_lengths._fill_intersections,
        (_INTS, _LONGS, _L, _INTS, _LONGS, _L, _TABLE),
    ),
    "run_lengths._fill_ious": (run_lengths._fill_ious, (_TABLE, _LONGS, _LONGS, _SHARES)),
    "composite._fill_dense": (composite._fill_dense, (_INTS, _LONGS, _STACK)),
    "label_map._fill_instance_map": (label_map._fill_instance_map, (_INTS, _LONGS, _TABLE, _LONGS, _L, _INTS, _IMAGE)),
    "composite._fill_union": (composite._fill_union, (_INTS, _LONGS, _TABLE, _L, _PAIR, _BITS)),
}


# Machine code.


def assembled(name: str, architecture: tuple[int, int]) -> dict[str, int]:
    """Compile a kernel to machine code; return its registers, and the bytes of spills, stack and shared memory."""
    kernel, signature = SIGNATURES[name]
    options: dict[str, Any] = {"device": False, "abi": "numba", "cc": architecture, "output": "ptx"}
    code, _ = cuda.compile(kernel.py_func, types.void(*signature), **options)
    text = code if isinstance(code, bytes) else code.encode()
    log = _linked(text.rstrip(b"\0\n ") + b"\n\0", f"sm_{architecture[0]}{architecture[1]}")
    assert "spill stores" in log, log  # else the wording has changed, and nothing below would match
    return {
        "registers": _number(r"Used (\d+) registers", log),
        "spilled": _number(r"(\d+) bytes spill stores", log) + _number(r"(\d+) bytes spill loads", log),
        "stack": _number(r"(\d+) bytes stack frame", log),
        "shared": _number(r"(\d+) bytes smem", log),
    }


def occupancy(registers: int, architecture: tuple[int, int], block: int = 128) -> int:
    """Return the share of a multiprocessor's warps that can be resident in blocks of so many threads, in per cent."""
    max_warps = {(7, 5): 32, (12, 0): 48}.get(architecture, 64)
    per_warp = -(-registers * 32 // 256) * 256  # registers are allocated in units of 256, of 65536
    warps = block // 32
    return 100 * min(65536 // per_warp // warps * warps, max_warps) // max_warps


def _linked(ptx: bytes, architecture: str) -> str:
    """Link a kernel and return the linker's log."""
    from cuda.bindings import nvjitlink

    options = [f"-arch={architecture}", "-verbose", "-O3"]
    handle = nvjitlink.create(len(options), options)
    try:
        nvjitlink.add_data(handle, nvjitlink.InputType.PTX, ptx, len(ptx), "kernel")
        nvjitlink.complete(handle)
        log = bytearray(nvjitlink.get_info_log_size(handle))
        nvjitlink.get_info_log(handle, log)
    finally:
        nvjitlink.destroy(handle)
    return log.decode(errors="replace")


def _number(pattern: str, log: str) -> int:
    return max((int(found) for found in re.findall(pattern, log)), default=0)


# LLVM IR on the CPU. Each thread is its own block: the only register that differs is the block number.


def run_on_the_cpu(patch: Callable[[Any, str, Any], None]) -> None:
    """Make the drivers launch on the CPU, in the CPU's memory; `patch` sets attributes like `setattr`."""
    for module in MODULES:
        patch(module, "launch", _launch)
        patch(module, "upload", _upload)
        patch(module, "empty", np.empty)
    for module in (run_lengths, rasterize):
        patch(module, "zeros", np.zeros)
    for module in (run_lengths, mask_batches):
        patch(module, "fetch", _fetch)
    patch(run_lengths, "prefix_sums", _sums)  # its kernel has barriers, which only the simulator can run


def _upload(array: Any, dtype: Any) -> Any:
    return np.array(array, dtype, order="C")


def _fetch(array: Any) -> Generator[None, None, Any]:
    yield
    return array


def _sums(values: Any, n: int) -> Any:
    return np.cumsum(np.append(0, values[:n]), dtype=np.int64)


def _launch(kernel: Any, threads: int, *arguments: Any) -> None:
    name = next(name for name, (known, _) in SIGNATURES.items() if known is kernel)
    flat = [
        part for argument, kind in zip(arguments, SIGNATURES[name][1], strict=True) for part in _parts(argument, kind)
    ]
    _on_the_cpu(name)[0](threads, *flat)


def _parts(argument: Any, kind: Any) -> list[Any]:
    """Return the values that an argument is passed as."""
    if not isinstance(kind, types.Array):
        return list(argument) if isinstance(argument, tuple) else [argument]
    assert argument.flags.c_contiguous
    assert (argument.dtype.name.rstrip("_"), argument.ndim) == (kind.dtype.name.replace("boolean", "bool"), kind.ndim)
    return [None, None, argument.size, argument.itemsize, argument.ctypes.data, *argument.shape, *argument.strides]


def _ctypes(kind: Any) -> list[Any]:
    if isinstance(kind, types.Array):
        pointer, number = ctypes.c_void_p, ctypes.c_int64
        return [pointer, pointer, number, number, pointer, *[number] * (2 * kind.ndim)]
    return [ctypes.c_int64] * (len(kind) if isinstance(kind, types.UniTuple) else 1)


@cache
def _on_the_cpu(name: str) -> tuple[Callable[..., None], Any]:
    """Compile the IR of a kernel for this CPU: a function of the number of threads and the arguments' parts."""
    from numba.cuda import compiler

    kernel, signature = SIGNATURES[name]
    made, _ = compiler._compile_pyfunc_with_fixup(
        kernel.py_func, types.void(*signature), device=False, abi="numba", cc=(8, 0)
    )
    [source] = made.llvm_strs
    module = llvm.parse_assembly(_looped(source))
    module.verify()
    machine = llvm.Target.from_default_triple().create_target_machine(opt=2)
    passes = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=2))
    passes.getModulePassManager().run(module, passes)
    engine = llvm.create_mcjit_compiler(module, machine)
    engine.finalize_object()
    kinds = [ctypes.c_int64, *(part for kind in signature for part in _ctypes(kind))]
    return ctypes.CFUNCTYPE(None, *kinds)(engine.get_function_address("loop")), engine


def _looped(source: str) -> str:
    """Return the IR for this CPU, with a function that calls the kernel once per thread."""
    head = re.search(r"define void @([^(\s]+)\(([^)]*)\)", source)
    assert head
    parameters = [f"{part.split()[0]} %a{i}" for i, part in enumerate(head[2].split(","))]
    source = re.sub(r"^target (triple|datalayout) = .*\n", "", source, flags=re.M)
    source = re.sub(r"^(@\"?llvm\.used|!nvvm\.annotations).*\n", "", source, flags=re.M)
    source = re.sub(r"^declare i32 @\"?llvm\.nvvm\.read.*\n", "", source, flags=re.M)
    source = re.sub(r"^declare double @\"?__nv_fm(in|ax)\"?.*\n", "", source, flags=re.M)
    unknown = re.findall(r"^declare .*@(?!\"?llvm\.).*", source, flags=re.M)
    assert not unknown, unknown  # calling an undefined function would end the process
    source = re.sub(r"@\"?llvm\.nvvm\.read\.ptx\.sreg\.([a-z]+)\.x\"?", r"@read_\1", source)
    return f"""{source}
@thread = global i32 0
define internal i32 @read_ctaid() {{
  %number = load i32, ptr @thread
  ret i32 %number
}}
define internal i32 @read_tid() {{
  ret i32 0
}}
define internal i32 @read_ntid() {{
  ret i32 1
}}
define internal double @__nv_fmin(double %a, double %b) {{
  %less = fcmp olt double %a, %b
  %least = select i1 %less, double %a, double %b
  ret double %least
}}
define internal double @__nv_fmax(double %a, double %b) {{
  %more = fcmp ogt double %a, %b
  %most = select i1 %more, double %a, double %b
  ret double %most
}}
define void @loop(i64 %n, {", ".join(parameters)}) {{
entry:
  %some = icmp sgt i64 %n, 0
  br i1 %some, label %body, label %done
body:
  %i = phi i64 [0, %entry], [%next, %body]
  %number = trunc i64 %i to i32
  store i32 %number, ptr @thread
  call void @{head[1]}({", ".join(parameters)})
  %next = add i64 %i, 1
  %more = icmp slt i64 %next, %n
  br i1 %more, label %body, label %done
done:
  ret void
}}
"""


llvm.initialize_native_target()
llvm.initialize_native_asmprinter()


def figures(architecture: str) -> dict[str, dict[str, int]]:
    """Return the resources of each kernel on an architecture."""
    major, minor = map(int, architecture.split("."))
    resources = {name: assembled(name, (major, minor)) for name in SIGNATURES}
    for kernel in resources.values():
        kernel["occupancy"] = occupancy(kernel["registers"], (major, minor))
    return resources


def print_table() -> None:
    """Print the registers of each kernel per architecture, its other resources, and the lowest occupancy."""
    by_architecture = [figures(architecture) for architecture in ARCHITECTURES]
    print(f"{'kernel':33}", *(f"{architecture:>4}" for architecture in ARCHITECTURES), " spilled  shared  occupancy")
    for name in SIGNATURES:
        all_of = {key: [kernels[name][key] for kernels in by_architecture] for key in by_architecture[0][name]}
        registers = " ".join(f"{number:4}" for number in all_of["registers"])
        spilled, shared = max(all_of["spilled"] + all_of["stack"]), max(all_of["shared"])
        print(f"{name:33} {registers} {spilled:8} {shared:7} {min(all_of['occupancy']):8} %")


if __name__ == "__main__":
    print(json.dumps(figures(sys.argv[1]))) if sys.argv[1:] else print_table()
