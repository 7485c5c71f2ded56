"""The Gemini API on loopback: an emulator that answers with masks whose truth is known to the pixel.

>>> with Emulator() as emulator:
...     emulator.url.startswith("http://127.0.0.1:")
True

It speaks what the google-genai SDK speaks, and is checked against that SDK alone: nobody has compared it with Google's
server. Pictures are of scenes that a seed makes (`scene`, `write_images`); each carries its seed, so the emulator knows
what is in it.
"""

from ._faults import NAMES, Faults
from ._journal import Entry, Journal
from ._protocol.request import Request
from ._quota import Quota
from ._scenes.scene import VOCABULARY, draw, scene, seed_in
from ._scenes.scene_files import write_images
from ._server import Emulator

__all__ = [
    "NAMES",
    "VOCABULARY",
    "Emulator",
    "Entry",
    "Faults",
    "Journal",
    "Quota",
    "Request",
    "draw",
    "scene",
    "seed_in",
    "write_images",
]
