"""PNGs of random shapes in many variants, written with zlib alone."""

from __future__ import annotations

import base64
import struct
import zlib
from random import Random

import numpy as np

_CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}


def blob(random: Random, height: int, width: int) -> np.ndarray:
    """(height, width) uint8: an ellipse, a ring or a ramp, sometimes soft, sometimes nothing."""
    y, x = np.ogrid[:height, :width]
    cy, cx = random.uniform(0.2, 0.8) * height, random.uniform(0.2, 0.8) * width
    far = ((y - cy) / (random.uniform(0.1, 0.6) * height + 1)) ** 2
    far = far + ((x - cx) / (random.uniform(0.1, 0.6) * width + 1)) ** 2
    kind = random.randrange(6)
    if kind == 0:
        return np.clip(255 - far * 128, 0, 255).astype(np.uint8)
    if kind == 1:
        return np.where((far < 1) & (far > 0.3), 255, 0).astype(np.uint8)
    if kind == 2 and random.random() < 0.3:
        return np.zeros((height, width), np.uint8)
    return np.where(far < 1, random.choice([255, 255, 200, 128, 127, 1]), 0).astype(np.uint8)


def png(random: Random) -> bytes:
    """One PNG, in a kind and with flaws chosen at random."""
    side = random.choice([(256, 256)] * 6 + [(64, 64), (13, 17), (1, 1), (300, 200)])
    pixels = blob(random, *side)
    colour = random.choice([0, 0, 0, 0, 0, 2, 4, 6])
    bits = 1 if colour == 0 and random.random() < 0.1 else 16 if random.random() < 0.04 else 8
    data = zlib.compress(_rows(random, pixels, colour, bits), random.choice([1, 6, 9]))
    head = struct.pack(">IIBBBBB", side[1], side[0], bits, colour, 0, 0, 1 if random.random() < 0.02 else 0)
    pieces = [data] if random.random() < 0.8 else [data[: len(data) // 2], data[len(data) // 2 :]]
    body = b"".join(_chunk(b"IDAT", piece) for piece in pieces)
    return _flawed(random, b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + body + _chunk(b"IEND", b""))


def data_uri(random: Random) -> str:
    """A PNG as text: as a data URI, bare, URL-safe, with spaces, without padding, cut."""
    text = base64.b64encode(png(random)).decode()
    kind = random.randrange(12)
    if kind == 0:
        return text
    if kind == 1:
        return text.replace("+", "-").replace("/", "_")
    if kind == 2:
        text = "\n".join(text[i : i + 76] for i in range(0, len(text), 76))
    elif kind == 3:
        text = text.rstrip("=")
    elif kind == 4:
        text = text[: random.randrange(len(text))]
    elif kind == 5:
        text += random.choice(["A" * 300, "====", "</mask>", " and more", "\\n"])
    return (
        random.choice(["data:image/png;base64,"] * 6 + ["data:image/jpeg;base64,", "base64,", "image/png;base64,"])
        + text
    )


def _rows(random: Random, pixels: np.ndarray, colour: int, bits: int) -> bytes:
    planes = np.repeat(pixels[..., None], _CHANNELS[colour], axis=2)
    if colour in (4, 6) and random.random() < 0.5:
        planes[..., :-1] = 255
    if bits == 1:
        flat = np.packbits(pixels > 127, axis=1)
    elif bits == 16:
        flat = np.repeat(planes.reshape(len(pixels), -1), 2, axis=1)
    else:
        flat = planes.reshape(len(pixels), -1)
    kind = random.choice([0, 0, 0, 1, 2])
    step = max(1, _CHANNELS[colour] * bits // 8)
    return b"".join(bytes([kind]) + _filtered(flat, row, kind, step) for row in range(len(flat)))


def _filtered(flat: np.ndarray, row: int, kind: int, step: int) -> bytes:
    line = flat[row].astype(np.int16)
    before = np.zeros_like(line)
    if kind == 1:
        before[step:] = line[:-step]
    elif kind == 2 and row:
        before = flat[row - 1].astype(np.int16)
    return ((line - before) % 256).astype(np.uint8).tobytes()


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _flawed(random: Random, data: bytes) -> bytes:
    kind = random.randrange(20)
    if kind == 0:
        return data[: random.randrange(len(data))]
    if kind == 1:
        place = random.randrange(len(data))
        return data[:place] + bytes([random.randrange(256)]) + data[place + 1 :]
    return data + b"junk after the end" if kind == 2 else data


def plain(pixels: np.ndarray) -> bytes:
    """A PNG of (height, width) uint8 without any oddity."""
    height, width = pixels.shape
    data = zlib.compress(b"".join(b"\0" + row.tobytes() for row in pixels), 9)
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")
