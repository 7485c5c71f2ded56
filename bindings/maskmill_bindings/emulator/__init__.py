"""An emulator of the Gemini API on this machine, which answers with masks whose true pixels are known.

>>> with Emulator() as emulator:
...     emulator.url.startswith("http://127.0.0.1:")
True

It implements what the google-genai SDK uses and is tested with that SDK; it was not compared with Google's server.
Pictures show scenes drawn from a seed (`scene`, `write_images`). Each picture carries its seed, so the emulator knows
what is in it.
"""

from ._emulator import Emulator
from ._faults import NAMES, Faults
from ._journal import Journal, JournalEntry
from ._messages.request import ApiRequest
from ._quota import Quota
from ._scenes.scene import VOCABULARY, draw_scene, scene, seed_in
from ._scenes.scene_files import write_images

__all__ = [
    "NAMES",
    "VOCABULARY",
    "ApiRequest",
    "Emulator",
    "Entry",
    "Faults",
    "Journal",
    "JournalEntry",
    "Quota",
    "Request",
    "draw",
    "draw_scene",
    "scene",
    "seed_in",
    "write_images",
]

Entry, Request, draw = JournalEntry, ApiRequest, draw_scene
"""Earlier names of these three."""
