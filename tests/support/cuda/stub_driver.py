"""A fake NVIDIA driver: the two libraries that report whether there is a GPU, compiled for test processes.

NVML reports the number of devices. The CUDA driver returns `init`, an error number or 0, from its initialisation, and
otherwise only answers whose memory a pointer is: device 3's.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

_COMPILER = shutil.which("cc") or shutil.which("gcc")

needs_compiler = pytest.mark.skipif(not _COMPILER, reason="needs a C compiler")

_NVML = """
int nvmlInit_v2(void) { return 0; }
int nvmlShutdown(void) { return 0; }
int nvmlDeviceGetCount_v2(unsigned *count) { *count = DEVICES; return 0; }
int nvmlSystemGetCudaDriverVersion_v2(int *version) { *version = VERSION; return 0; }
"""

_CUDA = """
#include <string.h>
static int init(unsigned flags) { return INIT; }
static int version(int *found) { *found = VERSION; return 0; }
static int attribute(int *found, int which, unsigned long long pointer) {
  *found = which == 2 ? 2 : which == 9 ? 3 : 0;  /* memory of a device; number 3; all else: no */
  return 0;
}
static int attributes(unsigned count, int *which, int **found, unsigned long long pointer) {
  for (unsigned i = 0; i < count; i++) attribute(found[i], which[i], pointer);
  return 0;
}
static int name(int error, const char **text) { *text = "CUDA_ERROR_OF_A_STUB"; return 0; }
static const struct { const char *name; void *function; } known[] = {
  {"cuInit", init}, {"cuDriverGetVersion", version}, {"cuGetErrorName", name}, {"cuGetErrorString", name},
  {"cuPointerGetAttribute", attribute}, {"cuPointerGetAttributes", attributes},
};
int cuGetProcAddress_v2(const char *symbol, void **function, int since, unsigned long long flags, void *status) {
  *function = 0;
  for (unsigned i = 0; i < sizeof known / sizeof *known; i++)
    if (!strcmp(symbol, known[i].name)) *function = known[i].function;
  return *function ? 0 : 500;
}
int cuGetProcAddress(const char *symbol, void **function, int since, unsigned long long flags) {
  return cuGetProcAddress_v2(symbol, function, since, flags, 0);
}
int cuInit(unsigned flags) { return init(flags); }
int cuDriverGetVersion(int *found) { return version(found); }
"""


def build(folder: Path, devices: int = 1, version: int = 13000, init: int | None = None) -> dict[str, str]:
    """Build NVML and, unless `init` is None, the CUDA driver; return the environment that finds them."""
    defines = [f"-DDEVICES={devices}", f"-DVERSION={version}", f"-DINIT={init}"]
    for name, source in (("libnvidia-ml.so.1", _NVML), ("libcuda.so.1", _CUDA)):
        if source is _NVML or init is not None:
            command = [str(_COMPILER), "-shared", "-fPIC", "-w", *defines, "-x", "c", "-", "-o", str(folder / name)]
            subprocess.run(command, input=source, text=True, check=True)
    others = os.environ.get("LD_LIBRARY_PATH")
    return {"LD_LIBRARY_PATH": f"{folder}{os.pathsep}{others}" if others else str(folder)}
