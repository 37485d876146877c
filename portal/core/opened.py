"""What a form was opened with, carried by the form itself, signed so that nobody can change it.

A page that several people may change at once puts ``seal(part, values)`` into its form and gets
the values back by ``unseal``; ``portal.core.merging`` compares them with what stands now.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.core import signing
from django.http import QueryDict

from portal.core.merging import OWN_WINDOW, FieldChange, Overtaken, compare, merge, undecided

SALT = "portal.core.opened"


def seal(part: str, values: Mapping[str, Any], revision: int = 0, who: str = "") -> str:
    """Values as a text for a hidden field; ``part`` names what they are of, ``who`` saved them."""
    data = {"part": part, "values": dict(values), "revision": revision, "who": who}
    return signing.dumps(data, salt=SALT, compress=True)


def unseal(part: str, text: str) -> dict[str, Any] | None:
    """The values again; None for what is missing, was changed or belongs to another part."""
    data = _read(part, text)
    return data["values"] if data else None


def _read(part: str, text: str) -> dict[str, Any]:
    try:
        data: dict[str, Any] = signing.loads(text, salt=SALT)
    except signing.BadSignature:
        return {}
    return data if data["part"] == part else {}


class Merging:
    """The page on which a person decides whose values stand; it carries everything it needs.

    ``labels``: field -> its name, in order; ``show``: field and value -> words.
    """

    def __init__(
        self, part: str, labels: Mapping[str, str], show: Callable[[str, Any], str]
    ) -> None:
        self.part, self.labels, self.show = part, labels, show

    def opened(self, data: QueryDict) -> dict[str, Any]:
        """What the form was opened with; nothing known of any field when it does not say."""
        found = unseal(self.part, data.get("opened", ""))
        return found if found is not None else dict.fromkeys(self.labels)

    def answered(self, data: QueryDict) -> bool:
        """Whether the form comes from the page of decisions."""
        return "mine" in data

    def decided(self, data: QueryDict) -> dict[str, Any] | None:
        """What to save after the decisions; None when one is missing or illegible."""
        mine, changes = self._changes(data)
        if mine is None or undecided(changes, self._choices(data)):
            return None
        return merge(self.opened(data), mine, changes, self._choices(data))

    def _changes(self, data: QueryDict) -> tuple[dict[str, Any] | None, list[FieldChange]]:
        first = unseal(self.part, data.get("first", ""))
        mine = unseal(self.part, data.get("mine", ""))
        if first is None or mine is None:
            return None, []
        return mine, compare(first, self.opened(data), mine, tuple(self.labels))

    def _choices(self, data: QueryDict) -> dict[str, str]:
        return {name: data.get(f"take_{name}", "") for name in self.labels}

    def again(self, data: QueryDict) -> dict[str, Any] | None:
        """The page of decisions once more, with what is missing; None when it is not legible."""
        mine, changes = self._changes(data)
        if mine is None:
            return None
        first = unseal(self.part, data.get("first", "")) or {}
        shown = self._page(first, self.opened(data), mine, changes, self._choices(data), asked=True)
        theirs = _read(self.part, data.get("opened", ""))
        shown["who"] = theirs.get("who", "")
        shown["own"] = shown["who"] == OWN_WINDOW
        shown["theirs"] = data.get("opened", "")
        return shown

    def page(
        self, opened: Mapping[str, Any], mine: Mapping[str, Any], found: Overtaken
    ) -> dict[str, Any]:
        """What ``components/merge_table.html`` shows when somebody was faster."""
        changes = compare(opened, found.theirs, mine, tuple(self.labels))
        shown = self._page(opened, found.theirs, mine, changes, {})
        theirs = seal(self.part, found.theirs, found.revision, found.who)
        own = found.who == OWN_WINDOW
        return {**shown, "theirs": theirs, "who": found.who, "when": found.when, "own": own}

    def _page(
        self,
        opened: Mapping[str, Any],
        theirs: Mapping[str, Any],
        mine: Mapping[str, Any],
        changes: Sequence[FieldChange],
        choices: Mapping[str, str],
        *,
        asked: bool = False,
    ) -> dict[str, Any]:
        missing = set(undecided(changes, choices)) if asked else set()
        return {
            "rows": [
                {
                    "name": row.name,
                    "label": self.labels[row.name],
                    "opened": self.show(row.name, row.opened),
                    "theirs": self.show(row.name, row.theirs),
                    "mine": self.show(row.name, row.mine),
                    "clash": row.clash,
                    "chosen": choices.get(row.name) or row.proposed,
                    "missing": row.name in missing,
                }
                for row in changes
            ],
            "errors": [
                {"text": f"{self.labels[name]}：请选择保留哪一个。", "href": f"#take_{name}_theirs"}
                for name in self.labels
                if name in missing
            ],
            "first": seal(self.part, opened),
            "mine": seal(self.part, mine),
        }
