"""Reads for the pages of templates: versions of an office, what placeholders stand for."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.db.models import QuerySet

from portal.core import clock
from portal.core.actor import Actor, acting_office
from portal.core.documents.kinds import ORGAN, REGION, YEAR, Kind, Texts, kinds
from portal.core.documents.samples import read_back, sample_content
from portal.core.documents.stored import texts_of
from portal.core.models import DocumentTemplate, Office, OfficialDocument

SUPPLIED = "平台提供"
OWN = "本机关"
EXAMPLE = "示例"
LATEST = "最近一份"


class KindRow(NamedTuple):
    """A kind of document with the office's version in use and the one that is being drafted."""

    kind: Kind
    current: DocumentTemplate | None
    draft: DocumentTemplate | None


class Standing(NamedTuple):
    """What a placeholder stands for in a preview, and where that comes from."""

    name: str
    meaning: str
    required: bool
    value: str
    source: str


class Latest(NamedTuple):
    """The values of a preview, and the people and tables that go with them."""

    rows: list[Standing]
    content: dict[str, Any]
    title: str = ""

    @property
    def values(self) -> dict[str, str]:
        """Name of a placeholder -> what it stands for."""
        return {row.name: row.value for row in self.rows}


def versions(actor: Actor) -> QuerySet[DocumentTemplate]:
    """The versions that the office has worded."""
    return DocumentTemplate.objects.visible_to(actor).select_related("office__region")


def kind_rows(actor: Actor) -> list[KindRow]:
    """Every kind, each with what stands for it in the office."""
    found = {(row.kind, row.state): row for row in versions(actor).exclude(state="retired")}
    return [
        KindRow(kind, found.get((kind.key, "current")), found.get((kind.key, "draft")))
        for kind in kinds()
    ]


def common_values(office: Office) -> dict[str, str]:
    """What the placeholders that every kind has stand for in an office."""
    return {
        ORGAN.name: office.name,
        REGION.name: office.region.name,
        YEAR.name: str(clock.today().year),
    }


def latest_values(actor: Actor, kind: Kind) -> Latest:
    """What each placeholder of a kind stands for: in the office, in its latest document, else as
    an example."""
    office = acting_office(actor)
    document = (
        OfficialDocument.objects.visible_to(actor)
        .filter(office=office, kind=kind.key)
        .select_related("template")
        .order_by("-pk")
        .first()
    )
    common = common_values(office)
    written: dict[str, str] = {}
    if document is not None:
        row = document.template
        template = Texts(*(getattr(row, name) for name in Texts._fields)) if row else kind.supplied
        year = str(document.year or clock.today().year)
        written = read_back(template, texts_of(document), {**common, YEAR.name: year})
    rows = []
    for item in kind.placeholders:
        value, source = item.sample, EXAMPLE
        if item.name in common:
            value, source = common[item.name], OWN
        elif document is not None and item.name in written:
            value, source = written[item.name], LATEST
        rows.append(Standing(item.name, item.meaning, item.required, value, source))
    content: dict[str, Any] = {}
    if document is not None:
        content = {
            name: document.content[name]
            for name in ("attachments", "people")
            if document.content.get(name)
        }
    taken = document is not None and any(row.source == LATEST for row in rows)
    title = document.title if document is not None and taken else ""
    return Latest(rows, content or sample_content(kind, kind.supplied), title)
