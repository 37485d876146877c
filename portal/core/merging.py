"""Two people on one form: what was opened, what stands now, what was typed; pure, no Django.

A form carries the values it was opened with. When somebody else has saved meanwhile, the three are
laid side by side, field by field; what only one side changed is taken from that side, and where
both did the person chooses. Values are plain data (texts, numbers, lists, dicts of them). A form
that replaces a whole carries its digest instead (``require_seen``): who comes second is shown what
stands, and replaces it by sending the form again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from portal.core.errors import Stale

THEIRS, MINE = "theirs", "mine"
# Who was faster, where that was the same person.
OWN_WINDOW = "您在另一个窗口"


class Changed(Stale):
    """Something else stands than what the form was opened on; nothing was saved."""


def digest(said: Any) -> str:
    """Plain data in one word, which a form carries as ``seen``."""
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def require_seen(seen: str | None, now: Any, mine: Any, words: str) -> None:
    """Raise ``Changed`` with ``words`` when ``now`` stands and not what was seen.

    Saving what stands already undoes nothing; no ``seen`` asks nothing.
    """
    if seen and digest(now) not in (seen, digest(mine)):
        raise Changed(words)


class FieldChange(NamedTuple):
    """One field that somebody changed: its three values."""

    name: str
    opened: Any
    theirs: Any
    mine: Any

    @property
    def clash(self) -> bool:
        """Whether both sides changed it, to different values."""
        return self.opened != self.theirs and self.opened != self.mine and self.theirs != self.mine

    @property
    def proposed(self) -> str:
        """Whose value is taken unless the person says otherwise; empty where both changed it."""
        if self.clash:
            return ""
        return MINE if self.theirs == self.opened else THEIRS


class Overtaken(Stale):
    """Somebody changed the same part since it was opened; nothing was saved.

    ``theirs``: the part as it stands, ``revision``: its number, ``who`` and ``when``: who saved it.
    """

    def __init__(
        self, theirs: Mapping[str, Any], revision: int, who: str, when: datetime | None
    ) -> None:
        super().__init__(f"{who or '他人'}已先修改了这一部分，请核对后再保存。")
        self.theirs, self.revision, self.who, self.when = dict(theirs), revision, who, when


def overtaken(
    opened: Mapping[str, Any], theirs: Mapping[str, Any], mine: Mapping[str, Any]
) -> bool:
    """Whether saving ``mine`` would undo, unseen, what somebody else has saved since."""
    return any(
        theirs.get(name) != value and theirs.get(name) != mine.get(name)
        for name, value in opened.items()
    )


def compare(
    opened: Mapping[str, Any],
    theirs: Mapping[str, Any],
    mine: Mapping[str, Any],
    order: Sequence[str] = (),
) -> list[FieldChange]:
    """The fields that either side changed, in ``order`` (default: as they stand in ``mine``)."""
    rows = [
        FieldChange(name, opened.get(name), theirs.get(name), mine.get(name))
        for name in (order or tuple(mine))
    ]
    return [row for row in rows if not row.opened == row.theirs == row.mine]


def undecided(changes: Sequence[FieldChange], choices: Mapping[str, str]) -> list[str]:
    """Fields that both changed and for which nobody has said whose value stands."""
    return [
        row.name for row in changes if row.clash and choices.get(row.name) not in (THEIRS, MINE)
    ]


def merge(
    theirs: Mapping[str, Any],
    mine: Mapping[str, Any],
    changes: Sequence[FieldChange],
    choices: Mapping[str, str],
) -> dict[str, Any]:
    """What to save: each changed field from the side that was chosen or proposed."""
    found = dict(mine)
    for row in changes:
        if (choices.get(row.name) or row.proposed) == THEIRS:
            found[row.name] = theirs.get(row.name)
    return found
