"""Base64 in every state in which it arrives, against the standard library and a decoder of one digit at a time."""

from __future__ import annotations

import base64
import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from maskmill._forms.base64_text import decode_base64

DIGITS = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"
PREFIXES = [
    "data:image/png;base64,",
    "DATA:IMAGE/PNG;BASE64,",
    "data:image/webp;base64,",
    "data:;base64,",
    "data:base64,",
    "data:image/png,",
    " data : image/png ; base64 , ",
    "data:image/png;charset=utf-8;base64,\n",
    "image/jpeg;base64,",
    ";base64,",
    "data:image/png;base64",
    "\n\t ",
]


def digit_by_digit(text: str) -> bytes:
    """Decode text without a prefix: bits in, bytes out, to the first stranger."""
    for escape, digit in (("%2b", "+"), ("%2B", "+"), ("%2f", "/"), ("%2F", "/"), ("-", "+"), ("_", "/")):
        text = text.replace(escape, digit)
    found = []
    for character in text:
        if character in DIGITS:
            found.append(format(DIGITS.index(character), "06b"))
        elif character not in " \t\r\n\f\v":
            break
    bits = "".join(found)
    return bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits) - 7, 8))


@pytest.mark.parametrize("prefix", ["", *PREFIXES])
@pytest.mark.parametrize("body", ["aGVsbG8=", "aGVsbG8", "aGVs\r\nbG8=\n", "aGVsbG8=Z203_203_", 'aGVsbG8=="}, "label'])
def test_prefixes(prefix: str, body: str) -> None:
    assert decode_base64(prefix + body) == b"hello"


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("", b""),
        ("=", b""),
        ("a", b""),
        ("data:image/png;base64,", b""),
        ("aGVsbG8h", b"hello!"),
        ("aGVsbG8ha", b"hello!"),
        ("aGVsbG8hab", b"hello!i"),
        ("aGVsbG8h=abcd", b"hello!"),
        ("aGVsbG8h…abcd", b"hello!"),
        ("aGVsbG8h%20abcd", b"hello!"),
        ("-_-_", b"\xfb\xff\xbf"),
        ("+/-_", b"\xfb\xff\xbf"),
        ("%2B%2f-_", b"\xfb\xff\xbf"),
        ("aGVsbG8%3D", b"hello"),
        ("aGVsbG8%3Djunk", b"hello"),
        (" aGVs bG8h ", b"hello!"),
        ("\ud800", b""),
        ("aGVs\udfff", b"hel"),
        ("aGVs\0bG8h", b"hel"),
        ("١٢٣٤", b""),
    ],
)
def test_odd_texts(text: str, want: bytes) -> None:
    assert decode_base64(text) == want


@pytest.mark.parametrize("prefix", ["", *PREFIXES])
def test_spaces_may_stand_for_lost_pluses(prefix: str) -> None:
    whole = b"png" + bytes(range(248, 256)) * 9
    text = base64.b64encode(whole).decode()
    assert "+" in text
    assert decode_base64(prefix + text.replace("+", " "), plus_for_space=True) == whole
    assert decode_base64(prefix + text.replace("+", " ")) != whole
    assert decode_base64(prefix + text, plus_for_space=True) == whole
    assert decode_base64(prefix + text.replace("+", " ").replace("/", "_\n"), plus_for_space=True) == whole


@given(
    st.binary(),
    st.sampled_from(["", *PREFIXES]),
    st.booleans(),
    st.integers(0, 2),
    st.lists(st.tuples(st.integers(0), st.sampled_from(" \t\r\n\f\v"))),
    st.sampled_from(["", "=", "=junk", "!", "\\", '"}]', "%", "%2", "%2G", "\u2028", "é"]),
)
def test_disturbed_text_decodes_to_the_same_bytes(
    data: bytes, prefix: str, url_safe: bool, padding: int, spaces: list[tuple[int, str]], junk: str
) -> None:
    text = (base64.urlsafe_b64encode if url_safe else base64.b64encode)(data).decode().rstrip("=")
    for at, space in spaces:
        text = text[: at % (len(text) + 1)] + space + text[at % (len(text) + 1) :]
    assert decode_base64(prefix + text + "=" * padding + junk) == data
    escaped = text.replace("+", "%2B").replace("/", "%2f")
    assert decode_base64(prefix + escaped + "%3D" * padding + junk) == data


@given(st.lists(st.sampled_from([*"AQgx09+/-_=% \n,;:", "%2B", "%2f", "%3D", "data:", "base64"])).map("".join))
@example("data:,;base64,AAAA")
def test_any_mixture_decodes_as_digit_by_digit(text: str) -> None:
    if not any(mark in text for mark in ",;:"):
        assert decode_base64(text) == digit_by_digit(text)
    assert decode_base64("data:image/png;base64," + text.replace(",", "")) == digit_by_digit(text.replace(",", ""))


@given(st.text(), st.booleans())
def test_no_text_raises(text: str, plus_for_space: bool) -> None:
    assert isinstance(decode_base64(text, plus_for_space=plus_for_space), bytes)


@pytest.mark.parametrize("unit", ["A", "A ", "%2B", "A%2b", " ", "data:", "x;", ";base64", "=", "%"])
def test_a_million_characters(unit: str) -> None:
    text = unit * (1_000_000 // len(unit)) + "!"
    assert decode_base64("data:," + text) == digit_by_digit(text)
