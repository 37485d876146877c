"""Quotes held against a clause: what counts as the same words."""

from __future__ import annotations

import re
import unicodedata

_SPACE = re.compile(r"\s+")
# Marks that stand for one another in print and in typing; width is folded before.
_MARKS = str.maketrans(
    {"“": '"', "”": '"', "‘": "'", "’": "'", "。": ".", "〔": "[", "〕": "]", "【": "[", "】": "]",
     "—": "-", "–": "-", "－": "-", "～": "~", "〜": "~", "·": "."}
)  # fmt: skip


def normalise(text: str) -> str:
    """Text without white space and without regard to the width and shape of punctuation.

    Published pages mix full-width and half-width marks and break lines anywhere; neither carries
    meaning.
    """
    wide = unicodedata.normalize("NFKC", _SPACE.sub("", text).translate(_MARKS))
    return wide.translate(_MARKS)


def stands_in(quote: str, text: str) -> bool:
    """Whether the quote is a part of the text, white space and shape of punctuation aside."""
    found = normalise(quote)
    return bool(found) and found in normalise(text)
