"""Chinese text takes full-width punctuation (GB/T 15834), whatever was typed.

Half-width marks that stand beside a Chinese character become full-width; figures, times, decimal
points, addresses and Latin words keep theirs.
"""

import re
from typing import Final

from portal.core.documents.charset import clean_text

_FULL: Final = {",": "，", ":": "：", ";": "；", "?": "？", "!": "！"}
_CHINESE = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\U00020000-\U000323af、。〇〔〕《》“”‘’（）…—]")
_PARENTHESES = re.compile(r"\(([^()]*)\)")
_QUOTED = re.compile(r'"([^"]*)"')


def tidy(text: str) -> str:
    """Printable text on one line with the punctuation of an official document."""
    cleaned = clean_text(text)
    if not cleaned or not _CHINESE.search(cleaned):
        return cleaned
    cleaned = _PARENTHESES.sub(_parenthesised, cleaned)
    cleaned = _QUOTED.sub("“\\1”", cleaned)
    return _marks(cleaned)


def _parenthesised(match: re.Match[str]) -> str:
    inner = match.group(1)
    before = match.string[match.start() - 1] if match.start() else ""
    if _CHINESE.search(inner) or _CHINESE.match(before):
        return f"（{inner}）"
    return match.group()


def _marks(text: str) -> str:
    pieces: list[str] = []
    skip_space = False
    for position, char in enumerate(text):
        before = text[position - 1] if position else ""
        after = text[position + 1] if position + 1 < len(text) else ""
        if skip_space and char == " ":
            continue
        skip_space = False
        if char in _FULL and (_CHINESE.match(before) or _CHINESE.match(after)):
            pieces.append(_FULL[char])
            skip_space = True
        elif char == "." and _CHINESE.match(before) and (not after or _CHINESE.match(after)):
            pieces.append("。")
        else:
            pieces.append(char)
    return "".join(pieces)
