"""Files of arrays that nobody vouches for: a clear error, or the arrays; never a pickle, never memory without bound."""

from __future__ import annotations

import io
import os
import pickle
import struct
import tracemalloc
import zipfile
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maskmill.codebooks import _npz_file
from maskmill.errors import ArgumentError

GRAMMAR = r"^expected .+, got .+ - at `codebook"


def npy(array: Any, version: tuple[int, int] | None = None) -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.asanyarray(array), version)
    return stream.getvalue()


def headed(header: str, body: bytes = b"", version: bytes = b"\1\0") -> bytes:
    """An array by its header's text."""
    size = struct.pack("<H" if version == b"\1\0" else "<I", len(header))
    return b"\x93NUMPY" + version + size + header.encode("latin1") + body


def plain(shape: str, kind: str = "<f4") -> str:
    return f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}\n"


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return stream.getvalue()


def read(content: bytes) -> _npz_file.Arrays:
    return _npz_file.read_npz(io.BytesIO(content), "codebook")


GOOD = np.arange(6, dtype=np.float32).reshape(2, 3)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_sound_files(method: int) -> None:
    found = read(zipped(("a.npy", npy(GOOD)), ("b.npy", npy(np.array("text"))), method=method))
    assert np.array_equal(found["a"], GOOD)
    assert found["b"] == "text"


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_versions_of_headers(version: tuple[int, int]) -> None:
    assert np.array_equal(read(zipped(("a.npy", npy(GOOD, version))))["a"], GOOD)


def test_fortran_order() -> None:
    assert np.array_equal(read(zipped(("a.npy", npy(np.asfortranarray(GOOD)))))["a"], GOOD)


def test_an_array_of_nothing() -> None:
    assert read(zipped(("a.npy", npy(np.zeros((0, 4))))))["a"].shape == (0, 4)


class Trap:
    """Leaves a mark where it is unpickled."""

    sprung = False

    def __reduce__(self) -> Any:
        return _spring, ()


def _spring() -> None:
    Trap.sprung = True


PICKLE = headed(plain("(1,)", "|O"), pickle.dumps([Trap()]))
HOSTILE = {
    "not a zip": b"hello",
    "nothing": b"",
    "an array without an archive": npy(GOOD),
    "a pickle without an archive": pickle.dumps([Trap()]),
    "pickled objects": zipped(("a.npy", PICKLE)),
    "objects in a structure": zipped(
        ("a.npy", headed("{'descr': [('x', '|O')], 'fortran_order': False, 'shape': (1,)}\n"))
    ),
    "complex numbers": zipped(("a.npy", npy(GOOD.astype(complex)))),
    "dates": zipped(("a.npy", npy(np.array(["2026-01-01"], "M8[D]")))),
    "a structure": zipped(("a.npy", npy(np.zeros(3, [("x", "f4")])))),
    "text without width": zipped(("a.npy", headed(plain("(10000000000000,)", "|S0")))),
    "no array": zipped(("a.npy", b"hello")),
    "a member of another kind": zipped(("a.npy", npy(GOOD)), ("readme.txt", b"read me")),
    "a folder": zipped(("a/", b"")),
    "an array cut off": zipped(("a.npy", npy(GOOD)[:-1])),
    "a header cut off": zipped(("a.npy", npy(GOOD)[:20])),
    "a header that is no dictionary": zipped(("a.npy", headed("[1, 2]\n"))),
    "a header that calls": zipped(("a.npy", headed("__import__('os').getcwd()\n"))),
    "a header of brackets": zipped(("a.npy", headed("(" * 5_000))),
    "a header of signs": zipped(("a.npy", headed("-" * 9_000 + "1"))),
    "a header of another language": zipped(("a.npy", headed("{'descr': '''\n"))),
    "a header of long integers": zipped(("a.npy", headed(plain("(2L, 3L)"), GOOD.tobytes()))),
    "a long header": zipped(("a.npy", headed(plain("(2, 3)") + " " * 60_000, GOOD.tobytes()))),
    "a header longer than the file": zipped(("a.npy", b"\x93NUMPY\2\0\xff\xff\xff\x7f{}")),
    "an unknown version": zipped(("a.npy", headed(plain("(2, 3)"), GOOD.tobytes(), b"\7\0"))),
    "a shape below zero": zipped(("a.npy", headed(plain("(-1, 3)"), GOOD.tobytes()))),
    "a shape that is larger than its file": zipped(("a.npy", headed(plain("(1000000, 512)"), GOOD.tobytes()))),
    "a shape past 64 bits": zipped(("a.npy", headed(plain(f"({2**40}, {2**40})"), GOOD.tobytes()))),
    "a shape of a hundred sides": zipped(("a.npy", headed(plain(str((1,) * 100)), GOOD.tobytes()))),
    "a kind nobody knows": zipped(("a.npy", headed(plain("(1,)", "<q9"), b"12345678"))),
    "too many arrays": zipped(*((f"{i}.npy", npy(0)) for i in range(_npz_file.MAX_ARRAYS + 1))),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files(name: str) -> None:
    with pytest.raises(ArgumentError, match=GRAMMAR):
        read(HOSTILE[name])
    assert not Trap.sprung


@pytest.mark.parametrize("names", [("a.npy", "a.npy"), ("a.npy", "a")])
def test_duplicate_names(names: tuple[str, str]) -> None:
    with pytest.warns(UserWarning, match="Duplicate") if names[0] == names[1] else nullcontext():
        content = zipped(*((name, npy(GOOD)) for name in names))
    with pytest.raises(ArgumentError, match="each array once, got 'a' again"):
        read(content)


def test_truncated_at_every_byte() -> None:
    content = zipped(("a.npy", npy(GOOD)), method=zipfile.ZIP_DEFLATED)
    for size in range(len(content)):
        with pytest.raises(ArgumentError, match=GRAMMAR):
            read(content[:size])


def test_numbers_changed_behind_the_checksum() -> None:
    content = bytearray(zipped(("a.npy", npy(GOOD))))
    content[content.index(GOOD.tobytes()) + 3] ^= 1
    with pytest.raises(ArgumentError, match=r"whole .npz archive, got .*CRC"):
        read(bytes(content))


def test_a_bomb_costs_no_memory() -> None:
    """A gigabyte of zeros in a megabyte, and 2 GB that are claimed: neither is unpacked."""
    honest = io.BytesIO()
    with zipfile.ZipFile(honest, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.npy", "w") as file:
        file.write(headed(plain("(67108864,)")))
        for _ in range(64):
            file.write(bytes(2**22))
        file.write(b"\0" * 4)
    claimed = bytearray(zipped(("a.npy", npy(GOOD))))
    at = claimed.index(b"PK\1\2") + 24
    claimed[at : at + 4] = struct.pack("<I", 2**31)
    for content in (honest.getvalue(), bytes(claimed)):
        tracemalloc.start()
        with pytest.raises(ArgumentError, match=f"at most {_npz_file.MAX_BYTES} bytes of arrays"):
            read(content)
        assert tracemalloc.get_traced_memory()[1] < 2**21
        tracemalloc.stop()


def test_a_bomb_that_lies_about_its_size() -> None:
    """64 MB of zeros that claim to be 200 bytes: no more than these are unpacked."""
    body = headed(plain("(16777216,)")) + bytes(2**26)
    content = bytearray(zipped(("a.npy", body), method=zipfile.ZIP_DEFLATED))
    for mark, offset in ((b"PK\3\4", 22), (b"PK\1\2", 24)):
        at = content.rindex(mark) + offset
        content[at : at + 4] = struct.pack("<I", 200)
    tracemalloc.start()
    with pytest.raises(ArgumentError, match=GRAMMAR):
        read(bytes(content))
    assert tracemalloc.get_traced_memory()[1] < 2**21
    tracemalloc.stop()


def test_an_encrypted_member() -> None:
    content = bytearray(zipped(("a.npy", npy(GOOD))))
    for mark, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        content[content.index(mark) + offset] |= 1
    with pytest.raises(ArgumentError, match=r"whole .npz archive, got .*encrypted"):
        read(bytes(content))


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1_000), st.integers(1, 255)), min_size=1, max_size=4), st.booleans())
def test_flipped_bytes(flips: list[tuple[int, int]], squeezed: bool) -> None:
    method = zipfile.ZIP_DEFLATED if squeezed else zipfile.ZIP_STORED
    content = bytearray(zipped(("a.npy", npy(GOOD)), ("b.npy", npy(np.arange(5, dtype=">i2"))), method=method))
    for at, mask in flips:
        content[at % len(content)] ^= mask
    with suppress(ArgumentError):
        assert all(array.dtype.kind in "biufSU" for array in read(bytes(content)).values())


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_any_header(header: bytes) -> None:
    content = zipped(("a.npy", b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header + bytes(16)))
    with suppress(ArgumentError):
        read(content)


@pytest.mark.parametrize("path", ["nowhere.npz", ".", "a\0b", "x" * 5_000, 3.5, None, b"\xff\0"], ids=repr)
def test_paths_that_cannot_be_opened(path: Any) -> None:
    with pytest.raises(ArgumentError, match=GRAMMAR), _npz_file.open_npz(path, "codebook"):
        pass


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with (
        pytest.raises(ArgumentError, match=r"expected a file, got .+, which is none"),
        _npz_file.open_npz(tmp_path / "pipe", "codebook"),
    ):
        pass


def test_a_file_without_end(tmp_path: Path) -> None:
    with open(tmp_path / "large.npz", "wb") as file:
        file.truncate(_npz_file.MAX_BYTES + 1)
    with (
        pytest.raises(ArgumentError, match=f"a file of at most {_npz_file.MAX_BYTES} bytes"),
        _npz_file.open_npz(tmp_path / "large.npz", "codebook"),
    ):
        pass


def test_one_array_checked() -> None:
    arrays = {"a": GOOD, "b": np.array([1, 2])}
    assert _npz_file.get_array(arrays, "a", (None, 3), np.floating, "codebook") is GOOD
    for name, shape, kind, said in [
        ("c", (1,), np.floating, "an array of this name, got a, b"),
        ("a", (2,), np.floating, r"floating \(2\), got float32 \(2, 3\)"),
        ("a", (None, 4), np.floating, r"floating \(any, 4\), got float32 \(2, 3\)"),
        ("b", (2,), np.floating, r"floating \(2\), got int64 \(2,\)"),
    ]:
        with pytest.raises(ArgumentError, match=said + rf" - at `codebook\['{name}'\]`"):
            _npz_file.get_array(arrays, name, shape, kind, "codebook")  # type: ignore[arg-type]
