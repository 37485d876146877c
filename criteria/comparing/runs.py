"""Two texts side by side: what was taken out, what was put in. No ORM, no I/O."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from functools import lru_cache
from typing import NamedTuple

from criteria.quotes import normalise

# Up to here texts are compared mark by mark, longer ones phrase by phrase.
LONGEST_BY_MARK = 3000
# Equal stretches shorter than this between two changes are counted as changed: easier to read.
SHORTEST_SAME = 2
# Beyond so many pairs of phrases the texts are shown whole, as taken out and put in.
MOST_PAIRS = 4_000_000
_PHRASE = re.compile(r"[^，。；：、,;:\n]*[，。；：、,;:\n]|[^，。；：、,;:\n]+")


class Run(NamedTuple):
    """A stretch of text: same, del (only on the left) or ins (only on the right)."""

    kind: str
    text: str


def runs(left: str, right: str) -> tuple[tuple[Run, ...], tuple[Run, ...]]:
    """The left text as same and del, the right one as same and ins.

    White space and the width of punctuation make no difference.
    """
    one, other = _tokens(left, len(left) + len(right)), _tokens(right, len(left) + len(right))
    if len(one) * len(other) > MOST_PAIRS:
        return (Run("del", left),), (Run("ins", right),)
    matcher = SequenceMatcher(
        None, [normalise(item) for item in one], [normalise(item) for item in other], autojunk=False
    )
    mine: list[Run] = []
    theirs: list[Run] = []
    blocks = matcher.get_opcodes()
    for place, (tag, a, b, c, d) in enumerate(blocks):
        inner = 0 < place < len(blocks) - 1
        same = tag == "equal" and not (inner and _length(one[a:b]) < SHORTEST_SAME)
        _add(mine, "same" if same else "del", "".join(one[a:b]))
        _add(theirs, "same" if same else "ins", "".join(other[c:d]))
    return tuple(mine), tuple(theirs)


def likeness(left: str, right: str) -> float:
    """How much two texts have in common, 0 to 1: pairs of neighbouring marks (Dice)."""
    one, other = _pairs(left), _pairs(right)
    if not one or not other:
        return 0.0
    return 2 * len(one & other) / (len(one) + len(other))


@lru_cache(maxsize=2048)
def _pairs(text: str) -> frozenset[str]:
    plain = normalise(text)
    return frozenset(plain[place : place + 2] for place in range(len(plain) - 1))


def _tokens(text: str, total: int) -> list[str]:
    return list(text) if total <= LONGEST_BY_MARK else _PHRASE.findall(text)


def _length(tokens: list[str]) -> int:
    return sum(len(item) for item in tokens)


def _add(found: list[Run], kind: str, text: str) -> None:
    if not text:
        return
    if found and found[-1].kind == kind:
        found[-1] = Run(kind, found[-1].text + text)
    else:
        found.append(Run(kind, text))
