"""The SDK as a client of the emulator, for the tests of both sides."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from PIL import Image

from maskmill.samples import Shape
from maskmill.samples._shapes import Frame
from maskmill_bindings.emulator import Emulator, draw_scene
from maskmill_bindings.emulator._scenes.scene_files import encode_picture

genai = pytest.importorskip("google.genai")
types = genai.types

PROMPT = (
    "Give the segmentation masks of every object. Answer with a JSON list of segmentation masks where each entry has "
    'the 2D bounding box in the key "box_2d", the mask in the key "mask" and the text label in the key "label".'
)
MODEL = "gemini-2.5-flash"
KEY = "a-key-that-nobody-may-see"


def sdk(emulator: Emulator, key: str = KEY, version: str = "v1", timeout: int = 20_000) -> Any:
    """Return a client of the SDK that does not retry."""
    retry = types.HttpRetryOptions(attempts=1)
    plain = {"verify": False}  # no certificates are read for a connection that needs none
    options = types.HttpOptions(
        base_url=emulator.url,
        api_version=version,
        timeout=timeout,
        retry_options=retry,
        client_args=plain,
        async_client_args=plain,
    )
    return genai.Client(api_key=key, http_options=options)


def picture(seed: int, size: tuple[int, int] = (320, 240)) -> bytes:
    """Return a picture of a scene as a PNG."""
    return encode_picture(draw_scene(seed, size), "png")


def contents(seed: int, prompt: str = PROMPT, size: tuple[int, int] = (320, 240)) -> list[Any]:
    """Return a picture and a prompt, as the SDK takes them."""
    return [types.Part.from_bytes(data=picture(seed, size), mime_type="image/png"), prompt]


def raw(
    emulator: Emulator, method: str, path: str, body: Any = None, key: str | None = KEY, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """Send a request without the SDK, and return status, headers and body."""
    connection = http.client.HTTPConnection(urlsplit(emulator.url).netloc, timeout=20)
    try:
        data = body if isinstance(body, bytes) or body is None else json.dumps(body)
        connection.request(method, path, data, ({"x-goog-api-key": key} if key else {}) | headers)
        response = connection.getresponse()
        return response.status, {k.lower(): v for k, v in response.getheaders()}, response.read()
    finally:
        connection.close()


def body(seed: int, prompt: str = PROMPT) -> dict[str, Any]:
    """Return the body of generateContent, as curl would send it."""
    import base64

    image = {"inlineData": {"mimeType": "image/png", "data": base64.b64encode(picture(seed)).decode()}}
    return {"contents": [{"role": "user", "parts": [image, {"text": prompt}]}]}


def resized_map(shape: Shape, size: tuple[int, int]) -> Any:
    """Return a mask by Google's recipe for a map in a box: Pillow's bilinear resize, above 127."""
    width, height = size
    y0, x0, y1, x1 = (int(v * s / 1000) for v, s in zip(shape.box, (height, width) * 2, strict=True))
    pixels = np.zeros((height, width), bool)
    whole: Frame = shape.box
    small = Image.fromarray(shape.pixels((256, 256), whole).astype(np.uint8) * 255)
    pixels[y0:y1, x0:x1] = np.asarray(small.resize((x1 - x0, y1 - y0), Image.Resampling.BILINEAR)) > 127
    return pixels
