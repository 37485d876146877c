"""The way back from an import to the section of the application that it was begun from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

from portal.core.actor import Actor
from towns.tables.section_links import section_url
from towns.views.back import IMPORTED, section_behind


class Back(NamedTuple):
    """The link back, and what carries it on: as a query and as kept with the import."""

    url: str = ""
    text: str = ""
    query: str = ""
    kept: Mapping[str, Any] | None = None


NOWHERE = Back()


def back_of(asked: Mapping[str, Any], actor: Actor) -> Back:
    """Where a query, or what was kept of one, leads back to; nowhere when it names none."""
    found = section_behind(asked, actor)
    if found is None:
        return NOWHERE
    application, part = found
    kept = {"application": application.pk, "part": part}
    text = f"返回申报：{IMPORTED[part]}"
    return Back(section_url(actor, application, part), text, "&" + urlencode(kept), kept)
