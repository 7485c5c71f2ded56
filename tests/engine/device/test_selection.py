"""Selection of a device with every state of drivers and packages; no GPU is needed."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata, util
from typing import Any

import pytest

import maskmill
from maskmill._device import cost_model, detection, scheduler, selection
from maskmill.errors import DeviceError
from support.replies import RING

REPLY = f'[{{"box_2d": [0, 0, 900, 900], "mask": {RING}}}]'


class Library:
    """A driver's management library; each function answers with a status."""

    def __init__(self, devices: int, cuda: int = 13000, status: int = 0) -> None:
        self.devices, self.cuda, self.status = devices, cuda, status
        self.open = 0

    def nvmlInit_v2(self) -> int:  # noqa: N802
        self.open += self.status == 0
        return self.status

    def nvmlShutdown(self) -> int:  # noqa: N802
        self.open -= 1
        return 0

    def nvmlDeviceGetCount_v2(self, number: Any) -> int:  # noqa: N802
        number._obj.value = self.devices
        return self.status

    def nvmlSystemGetCudaDriverVersion_v2(self, number: Any) -> int:  # noqa: N802
        number._obj.value = self.cuda
        return 0


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing known yet, nothing set."""
    for name in ("CUDA_VISIBLE_DEVICES", "NUMBA_ENABLE_CUDASIM", "NUMBA_DISABLE_JIT"):
        monkeypatch.delenv(name, raising=False)
    kept = selection.cuda_state.process, selection.cuda_state.has_answered, selection.cuda_state.failure
    selection.cuda_state.process, selection.cuda_state.has_answered, selection.cuda_state.failure = None, False, ""
    selection._reason_unavailable.cache_clear()
    yield
    selection._reason_unavailable.cache_clear()
    selection.cuda_state.process, selection.cuda_state.has_answered, selection.cuda_state.failure = kept


def install(monkeypatch: pytest.MonkeyPatch, library: Library, package: bool = True, bindings: str = "13.0.3") -> None:
    """Have a driver, and perhaps the packages of an extra."""
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: library)
    monkeypatch.setattr(util, "find_spec", lambda _name: object() if package else None)
    monkeypatch.setattr(metadata, "version", lambda _name: bindings)


def device_error(chosen: str = "cuda") -> str:
    with pytest.raises(DeviceError) as caught:
        maskmill.Decoder(device=chosen)  # type: ignore[arg-type]
    return str(caught.value)


def test_no_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise OSError(name)

    monkeypatch.setattr(ctypes, "CDLL", missing)
    assert selection.choose_target("auto") == "cpu"
    assert device_error() == "expected a CUDA device, got no NVIDIA driver with a device - at `device`"


@pytest.mark.parametrize("library", [Library(0), Library(4, status=9), object()], ids=["none", "failing", "strange"])
def test_a_driver_without_a_device(monkeypatch: pytest.MonkeyPatch, library: Any) -> None:
    install(monkeypatch, library)
    assert selection.choose_target("auto") == "cpu"
    assert "no NVIDIA driver with a device" in device_error()
    assert getattr(library, "open", 0) == 0


def test_a_driver_with_devices_is_closed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    library = Library(2)
    install(monkeypatch, library)
    assert [selection.choose_target(name) for name in ("auto", "cuda", "cpu")] == ["auto", "cuda", "cpu"]
    assert detection.read_driver() == (2, 13000)
    assert library.open == 0


@pytest.mark.parametrize("listed", ["", "-1", "NoDevFiles", "2", "7,0", "-1,0"])
def test_devices_that_are_hidden(monkeypatch: pytest.MonkeyPatch, listed: str) -> None:
    install(monkeypatch, Library(2))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", listed)
    assert selection.choose_target("auto") == "cpu"
    assert f"CUDA_VISIBLE_DEVICES={listed!r}" in device_error()


@pytest.mark.parametrize("listed", ["0", "1", "1,0", "0,9", "GPU-1234", "MIG-5678"])
def test_devices_that_are_listed(monkeypatch: pytest.MonkeyPatch, listed: str) -> None:
    install(monkeypatch, Library(2))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", listed)
    assert selection.choose_target("cuda") == "cuda"


def test_what_is_hidden_is_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: pytest.fail("the driver was asked"))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert selection.choose_target("auto") == "cpu"


@pytest.mark.parametrize(("cuda", "extra"), [(13000, "cuda13"), (12080, "cuda12")])
def test_the_missing_package_that_fits_the_driver(monkeypatch: pytest.MonkeyPatch, cuda: int, extra: str) -> None:
    install(monkeypatch, Library(1, cuda), package=False)
    assert selection.choose_target("auto") == "cpu"
    assert f"no package numba-cuda: python -m pip install 'maskmill[{extra}]'" in device_error()


def test_packages_that_are_newer_than_the_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, Library(1, 12080), bindings="13.0.3")
    assert selection.choose_target("auto") == "cpu"
    given = "got packages for CUDA 13 and a driver for CUDA 12: python -m pip install 'maskmill[cuda12]'"
    assert given in device_error()
    install(monkeypatch, Library(1, 13000), bindings="12.9.1")
    selection._reason_unavailable.cache_clear()
    assert selection.choose_target("cuda") == "cuda"


def test_the_simulator_is_never_taken_unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, Library(1))
    monkeypatch.setenv("NUMBA_ENABLE_CUDASIM", "1")
    assert selection.choose_target("auto") == "cpu"
    assert "set NUMBA_DISABLE_JIT=1" in device_error()
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    assert [selection.choose_target(name) for name in ("auto", "cuda")] == ["cpu", "cuda"]


def test_after_a_fork(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, Library(1))
    selection.cuda_state.process, selection.cuda_state.has_answered = os.getpid() + 1, True
    assert selection.choose_target("auto") == "cpu"
    assert "forked after CUDA had started" in device_error()
    with pytest.warns(RuntimeWarning, match="forked after CUDA"):  # a decoder from before the fork
        assert not scheduler.is_ready("auto")


def test_choosing_starts_and_imports_nothing() -> None:
    code = "import sys, maskmill; maskmill.Decoder(device='auto'); print('numba.cuda' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


# Devices that fail.


def broken(_works: Any, _lane: Any) -> Iterator[None]:
    yield
    raise RuntimeError("CUDA_ERROR_ILLEGAL_ADDRESS\nand more")


def test_a_device_that_never_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, Library(1))
    monkeypatch.setattr(scheduler, "_start_cuda", lambda: "CudaSupportError: no driver")
    monkeypatch.setattr(cost_model, "gpu_pays", lambda *_: True)
    decoder = maskmill.Decoder(device="cuda")
    for _ in range(2):
        with pytest.raises(DeviceError, match="got CudaSupportError: no driver - at `device`"):
            decoder.decode(REPLY, (20, 20))
    selection.cuda_state.process = None
    with pytest.warns(RuntimeWarning, match="the CPU does its work: CudaSupportError: no driver"):
        made = maskmill.decode(REPLY, (20, 20), device="auto")
    assert made.to_dict() == maskmill.decode(REPLY, (20, 20), device="auto").to_dict()  # and no second warning
    assert made.areas[0] > 0


def test_a_device_that_fails_in_the_middle(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, Library(1))
    monkeypatch.setattr(scheduler, "_start_cuda", lambda: "")
    monkeypatch.setattr(scheduler, "_streams", lambda: [0])
    monkeypatch.setattr(scheduler, "_run_batch", broken)
    replies, size = [REPLY] * 3, (20, 20)
    with pytest.warns(RuntimeWarning, match=r"RuntimeError: CUDA_ERROR_ILLEGAL_ADDRESS$"):
        made = list(maskmill.decode_many(replies, size, threads=2, device="cuda"))
    want = list(maskmill.decode_many(replies, size, device="cpu"))
    assert [masks.to_dict() for masks in made] == [masks.to_dict() for masks in want]
    maskmill.decode(REPLY, size, device="cuda")  # it is not asked again, nor is that said again


def test_short_memory_splits_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Down to one mask, which the CPU does; the device is kept."""
    asked: list[int] = []

    def narrow(works: list[Any], _lane: Any) -> Iterator[None]:
        asked.append(len(works))
        if len(works) > 2 or any(work.size == (30, 30) for work in works):
            raise RuntimeError("[2] Call to cuMemAlloc results in CUDA_ERROR_OUT_OF_MEMORY")
        yield
        return [work.run() for work in works]

    install(monkeypatch, Library(1))
    monkeypatch.setattr(scheduler, "_start_cuda", lambda: "")
    monkeypatch.setattr(scheduler, "_streams", lambda: [0])
    monkeypatch.setattr(scheduler, "_run_batch", narrow)
    replies, sizes = [REPLY] * 5, [(20, 20), (20, 20), (20, 20), (20, 20), (30, 30)]
    made = maskmill.Decoder(device="cuda").decode_batch(replies, sizes)
    want = maskmill.Decoder(device="cpu").decode_batch(replies, sizes)
    assert [masks.to_dict() for masks in made] == [masks.to_dict() for masks in want]  # type: ignore[union-attr]
    assert asked == [5, 2, 3, 1, 2, 1, 1]
    assert not selection.cuda_state.failure


def test_auto_takes_a_device_only_where_it_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, Library(1))
    monkeypatch.setattr(scheduler, "run_jobs", lambda _works, _device: pytest.fail("the device was asked"))
    assert maskmill.decode(REPLY, (20, 20), device="auto").areas[0] > 0


def test_a_batch_that_stays_on_the_cpu_is_decoded_on_the_full_path_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is a GPU, which does not pay: replies that need a repair have their pixels all the same."""
    install(monkeypatch, Library(1))
    monkeypatch.setattr(scheduler, "run_jobs", lambda _jobs, _device: pytest.fail("the device was used"))
    broken = f"Here they are: {REPLY[:-1]}"
    made = maskmill.decode(broken, (20, 20), device="auto")
    assert made.reply_status != "ok"
    assert made.to_dict() == maskmill.decode(broken, (20, 20), device="cpu").to_dict()
    assert made.areas[0] > 0


def test_what_pays() -> None:
    rings = [('{"box_2d": [], "mask": []}' * 1000, (9, 9))]
    maps = [('{"box_2d": [], "mask": "data:image/png;base64,"}' * 1000, (9, 9))]
    assert cost_model.gpu_pays(rings, cost_model.DEFAULT_MODEL, threads=1)
    assert cost_model.gpu_pays(maps, cost_model.DEFAULT_MODEL, threads=1)
    assert not cost_model.gpu_pays([], cost_model.DEFAULT_MODEL, threads=1)
    assert not cost_model.gpu_pays(rings, cost_model.DEFAULT_MODEL, threads=16)
    assert not cost_model.gpu_pays(maps, cost_model.DEFAULT_MODEL, threads=16)
    slow = cost_model.DEFAULT_MODEL._replace(ring=cost_model.DEFAULT_MODEL.ring._replace(device=50.0))
    assert not cost_model.gpu_pays(rings, slow, threads=1)
