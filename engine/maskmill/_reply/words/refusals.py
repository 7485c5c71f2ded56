"""Find the sentence in which a model refuses, and tell it from "nothing was found"."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_FENCE: Final = re.compile(r"`{3,}.*?(?:`{3,}|\Z)", re.DOTALL)
_SENTENCE: Final = re.compile(r"[^.!?。！？\n]{3,}[.!?。！？]?")
_MAX_SENTENCES: Final = 64
_MAX_TEXT: Final = 20_000
_MAX_CHARS: Final = 600
"""Of a sentence; a longer one is none."""

_UNABLE: Final = re.compile(
    r"\bcan(?:no|'| no)t\b|\bcouldn't\b|\bcould not\b|\bunable\b|\bnot (?:able|capable|allowed|permitted)\b"
    r"|\bincapable\b|\b(?:won't|will not) (?:be able|do|help|assist|provide|create|generate|segment)\b"
    r"|\b(?:don't|do not|doesn't|does not|lack)(?: currently)? (?:have )?(?:the |an? |any )?(?:ability|capabilit)"
    r"|\b(?:don't|do not) have access\b|\b(?:must|have to) (?:decline|refuse)\b|\bI (?:decline|refuse)\b"
    r"|\bagainst \w+(?: \w+){0,3} (?:polic|guideline|rule)|\bviolat\w+ \w+(?: \w+){0,3} (?:polic|guideline)"
    r"|\bbeyond my (?:abilit|capabilit)",
    re.IGNORECASE,
)
_BY_MODEL: Final = re.compile(
    r"\bI\b|\bI'm\b|\bwe\b|\bmy\b|\bsorry\b|\bapologi[sz]e\b|\b(?:AI|language|text)(?:-based)?[ -](?:language )?"
    r"(?:model|assistant)\b|^\W*(?:unable|cannot|can't|not able)\b|\bagainst\b|\bviolat",
    re.IGNORECASE,
)
_TO_DO: Final = re.compile(
    r"\b(?:segment|creat|generat|produc|provid|process|help|assist|comply|fulfil|draw|output|return|perform|complet|do"
    r"|mak|deliver|supply|offer|analy[sz]|identify|recogni[sz]|label|annotat|answer|respond|continu|view|open|access"
    r"|edit|outlin|trac|handl|support|work with|comput)\w*\b"
    r"|\b(?:see|read|look at) (?:the |an? |any |your |this )?(?:image|picture|photo|file|attachment)"
    r"|\bpolic|\bguideline|\babilit|\bcapabilit|\brefus|\bdeclin",
    re.IGNORECASE,
)
_NO_IMAGE: Final = re.compile(
    r"\bno (?:image|picture|photo|attachment)s? (?:(?:was|is|were|has been|have been) )?"
    r"(?:provided|attached|uploaded|given|included|received|visible to me)"
    r"|\b(?:see|have|received?) no (?:image|picture)"
    r"|\b(?:don't|do not|didn't|did not) (?:see|have|receive|get) (?:the |an? |any |your )?(?:image|picture|photo)",
    re.IGNORECASE,
)
_NOTHING_THERE: Final = re.compile(
    r"\bthere(?: is|'s| are| was| were|'re) (?:no|not|none|nothing)\b|\bnone\b|\bnothing\b"
    r"|\bnot (?:visible|present|in (?:the|this)|contain|appear|shown|found)"
    r"|\b(?:doesn't|does not|isn't|aren't|don't|do not) (?:contain|show|appear|include|visible|present|in (?:the|this))"
    r"|\bno (?:\w+ ){0,3}(?:is|are|was|were|in|found|visible|present|matching)\b"
    r"|\b(?:find|found|detect\w*|locat\w*|spot\w*|discern|make out|pick out)\b"
    r"|\b(?:see|identify|recogni[sz]e|segment) (?:any|such|a matching)\b(?! (?:segmentation |image )?"
    r"(?:mask|image|picture|photo|people|person|face|individual))",
    re.IGNORECASE,
)


class _Language(NamedTuple):
    """How a language says that the speaker cannot, and what makes such a sentence one about nothing found."""

    unable: re.Pattern[str]
    nothing: re.Pattern[str]


def _language(unable: str, nothing: str) -> _Language:
    return _Language(re.compile(unable, re.IGNORECASE), re.compile(nothing, re.IGNORECASE))


_OTHERS: Final = (
    _language(
        r"\b(?:ich|wir) (?:\w+ ){0,2}(?:kann|können|konnte|darf)\b[^.]{0,200}\b(?:nicht|kein\w*)\b"
        r"|\b(?:kann|darf) ich\b[^.]{0,200}\b(?:nicht|kein\w*)\b|\bnicht in der lage\b|\bnicht möglich, ",
        r"\b(?:finden|gefunden|erkennen|sehen|entdecken|ausmachen|zu sehen)\b|\bgibt (?:es )?kein",
    ),
    _language(
        r"\bje (?:ne |n')(?:peux|puis|suis pas (?:en mesure|capable)|dispose)\b|\bpas en mesure\b|\bincapable de\b"
        r"|\bdans l'impossibilité\b|\bimpossible pour moi\b",
        r"\b(?:vois|voir|trouv|détect|distingu|repér)\w*|\bil n'y a\b",
    ),
    _language(
        r"\bno (?:puedo|podemos|soy capaz|me es posible|tengo (?:la )?capacidad|estoy capacitad)",
        r"\b(?:encontr|veo\b|ver\b|detect|localiz|identificar ning|no hay\b)\w*",
    ),
    _language(
        r"\bnon (?:posso|possiamo|sono in grado|riesco|mi è possibile|ho la capacità)",
        r"\b(?:trov|ved|rilev|individu|non c'è|non ci sono)\w*",
    ),
    _language(r"\bnão (?:posso|consigo|sou capaz|tenho (?:a )?capacidade)", r"\b(?:encontr|vejo|ver\b|detect|não há)"),
    _language(r"\bне (?:могу|умею|способ|в состоянии)", r"найти|обнаруж|вижу|увидеть|видно"),
    _language(
        r"(?:でき|出来)(?:ません|ない|かね)|いたしかねます|対応していません|機能(?:が|は)(?:あり|ござい)ません",
        r"見つ|検出|確認|見当た|写って",
    ),
    _language(
        r"无法|無法|不能|不支持|不支援|(?:没有|沒有|不具备|不具備).{0,6}(?:能力|功能)",
        r"找到|发现|發現|[检檢][测測]|看到|看见|看見",
    ),
    _language(r"할 수 없|불가능|지원하지 않|드릴 수 없", r"찾|발견|보이지|감지"),
)


def refusal_in(text: str) -> str:
    """Return the sentence outside fences in which a model refuses; empty if there is none.

    >>> refusal_in("I am unable to segment images. Here is an empty list:")
    'I am unable to segment images.'
    >>> refusal_in("Sorry, I cannot find any cups.")
    ''
    """
    return next((sentence for sentence in _sentences(text) if _refuses(sentence)), "")


def doubt_in(text: str) -> str:
    """Return a sentence that may be a refusal, and may say why nothing was found; empty if there is none.

    >>> doubt_in("The cup cannot be drawn."), doubt_in("I see no cup.")
    ('The cup cannot be drawn.', '')
    """
    return next((sentence for sentence in _sentences(text) if _may_refuse(sentence)), "")


def _sentences(text: str) -> list[str]:
    """Return the first sentences outside fences; typographic apostrophes are plain."""
    words = _FENCE.sub("\n", text[:_MAX_TEXT]).replace("’", "'")
    found = (match[0].strip() for _, match in zip(range(_MAX_SENTENCES), _SENTENCE.finditer(words), strict=False))
    return [sentence for sentence in found if len(sentence) <= _MAX_CHARS]


def _refuses(sentence: str) -> bool:
    if _NO_IMAGE.search(sentence):
        return True
    if _NOTHING_THERE.search(sentence):
        return False
    if _UNABLE.search(sentence) and _BY_MODEL.search(sentence) and _TO_DO.search(sentence):
        return True
    return any(each.unable.search(sentence) and not each.nothing.search(sentence) for each in _OTHERS)


def _may_refuse(sentence: str) -> bool:
    if not _UNABLE.search(sentence):
        return False
    is_about_finding = re.search(r"\b(?:find|detect|locate|spot|see|identify)\b", sentence, re.IGNORECASE) is not None
    return not is_about_finding
