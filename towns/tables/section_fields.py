"""How each field of a typed section is shown: open or locked, where it came from, what is asked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from django import forms
from django.forms.boundfield import BoundField

from towns.constants import DRAFT_SOURCE_CHOICES
from towns.correcting import open_correction
from towns.declared import with_sources
from towns.models import Application, CorrectionItem
from towns.sections import Section, Working

SOURCES = dict(DRAFT_SOURCE_CHOICES)
COUNTED_FROM = 200
# Why a field is to be corrected where the return gives it no words of its own.
GENERAL, PLAIN = "本项没有另写要求，见退回补正意见：{}", "请按退回补正意见核对、修改。"


class SectionField(NamedTuple):
    """One field. ``bound`` is None where it cannot change now; ``limit`` 0 where nothing counts."""

    name: str
    label: str
    bound: BoundField | None
    text: str
    reason: str
    mark: str
    who: str
    when: datetime | None
    limit: int
    length: int
    waiting: bool


class Asked(NamedTuple):
    """What a return asks: path -> why; ``limited``: nothing else can change.

    "" is the why of a path that is open only because it belongs to one that is asked for.
    """

    reasons: Mapping[str, str]
    limited: bool

    def names_year(self, year: int) -> bool:
        """Whether a figure of this year is asked for."""
        return any(path.startswith(f"figures.{year}.") for path in self.reasons)


NOTHING = Asked({}, limited=False)


def asked_of(application: Application) -> Asked:
    """The open correction of an application."""
    correction = open_correction(application) if application.revision else None
    if correction is None:
        return NOTHING
    general = GENERAL.format(correction.opinion.strip()) if correction.opinion.strip() else PLAIN
    reasons = {item.path: item.reason.strip() or general for item in correction.items.all()}
    return Asked({**dict.fromkeys(with_sources(reasons), ""), **reasons}, limited=True)


def demanded_of(application: Application | None, year: int) -> list[CorrectionItem]:
    """The figures of a year that the return of an application asks to be corrected."""
    if application is None or not application.filing.editable:
        return []
    correction = open_correction(application) if application.revision else None
    items = correction.items.all() if correction is not None else []
    return [item for item in items if item.path.startswith(f"figures.{year}.")]


def section_fields(
    application: Application,
    section: Section,
    form: forms.Form,
    standing: Mapping[str, Working],
    asked: Asked,
) -> dict[str, SectionField]:
    """Name -> the field, in the order of the section; those the form leaves out only if locked."""
    found = {}
    for name, label in section.labels(application).items():
        path, stands = section.path(name), standing[name]
        locked = asked.limited and path not in asked.reasons
        if name not in form.fields and not (locked and stands.text):
            continue
        limit = section.limit(name)
        bound = None if locked else form[name]
        value = stands.text if bound is None else str(bound.value() or "")
        found[name] = SectionField(
            name=name,
            label=label if bound is None else str(bound.label),
            bound=bound,
            text=stands.text,
            reason=asked.reasons.get(path, ""),
            mark=mark_of(stands),
            who=stands.who,
            when=stands.when,
            limit=limit if limit >= COUNTED_FROM else 0,
            length=len(value.replace("\r\n", "\n")),
            waiting=stands.waiting,
        )
    return found


def mark_of(stands: Working) -> str:
    """Where a text was taken from that nobody has typed yet; "" for one that was typed."""
    if not stands.source:
        return ""
    source = SOURCES.get(stands.source, "带入")
    return f"{source}：{stands.note}" if stands.note else source
