"""Words of keys and texts that are no labels: names of containers, of kinds of shapes, of images and of properties."""

from __future__ import annotations

import re
from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


SHAPES: Final = _words(
    """
    polygon polygons multipolygon mask masks rle png box bbox boundingbox rectangle segment segmentation instance
    object item point points detection annotation tokens region feature
    """
)
"""Kinds of shapes and of results."""

CONTAINERS: Final = _words(
    """
    a all an analysis annotation annotations answer answers array bbox bboxes body bounding box boxes candidate
    candidates child children component components content contents contour contours coordinates data detected
    detection detections element elements entities entity final finding findings found foreground frame frames
    generated geometry group groups image images img input instance instances item items json label labelled list
    mask masked masks message messages model my object objects of one other others output outputs page pages part
    parts payload photo picture piece pieces polygon polygons prediction predictions region regions reply request
    response responses result results ring rings root row rows seg segment segmentation segmentations segmented
    segments shape shapes sub subobject subobjects subpart subparts subs target targets the value values visible
    assets map maps rle rles png d two first second third fourth fifth task tasks batch entry entries feature
    features attributes properties details info metadata nested reference references scene view text
    """
)
"""Words of keys that name a container: a key of nothing else is no label."""

PARTS: Final = _words("parts components children subparts elements subobjects members")
"""Folded keys of what is a part of an item."""

PROPERTY: Final = re.compile(
    r"id$|uuid|colou?r|image|img|file|path|url|uri|format|encoding|mime|unit|confidence|score|prob|certainty|status|note"
    r"|comment|reason|thought|explanation|frame|page|index|size|shape|time|date|lang|model|source|version|coord|order"
    r"|system|position|location|mask|box|segment|polygon|point|state|quality|visib|occlu|attribute|direction|side"
)
"""Folded keys that say something else about an item."""

FILE: Final = re.compile(r"[^\n]{0,200}\.(?:jpe?g|png|webp|gif|bmp|tiff?|heic|pdf|mp4|json)", re.IGNORECASE)
IMAGE_KEY: Final = re.compile(
    r"(?:the_?)?(?:first_|second_|third_|1st_|2nd_|3rd_)?(?:image|img|frame|photo|picture|page|slide|camera|cam|scan)s?"
    r"(?:[_ #-]?(?:no|nr)?[_ .#-]{0,2}(?:\d{1,6}|[a-z]|one|two|three|first|second|third))?",
    re.IGNORECASE,
)
