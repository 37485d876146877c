"""Quotes held against a clause: what counts as the same words."""

from __future__ import annotations

import re
import unicodedata

_SPACE = re.compile(r"\s+")
_MARKS = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'"})


def normalise(text: str) -> str:
    """Text without white space and with half-width punctuation.

    Published pages mix full-width and half-width marks and break lines anywhere; neither carries
    meaning.
    """
    return unicodedata.normalize("NFKC", _SPACE.sub("", text)).translate(_MARKS)


def stands_in(quote: str, text: str) -> bool:
    """Whether the quote is a part of the text, white space and width of punctuation aside."""
    found = normalise(quote)
    return bool(found) and found in normalise(text)
