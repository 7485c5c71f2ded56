"""Tell what a file or a folder holds by its content: a format of masks, replies, or another tool's data.

>>> import tempfile
>>> from pathlib import Path
>>> with tempfile.TemporaryDirectory() as folder:
...     file = Path(folder, "a.json")
...     _ = file.write_text('{"shapes": [], "imagePath": "a.jpg"}')
...     detect_file(file)
Detection(format='labelme', name='a file of LabelMe', evidence='`shapes` beside `imagePath`')
"""

from __future__ import annotations

from .detection import REPLIES, Detection
from .files import detect_file
from .folders import FolderContent, survey_folder

__all__ = ["REPLIES", "Detection", "FolderContent", "detect_file", "survey_folder"]
