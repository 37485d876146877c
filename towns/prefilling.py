"""What an application could take over: from the town's last submission and from its registers.

Only fields of the application's own are filled. A field that somebody typed is never offered again;
one that was filled in and that nobody has touched since says when its source says something else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.db.models import QuerySet

from criteria.queries import spec_of
from criteria.values import shown
from portal.core.actor import Actor
from portal.core.web import office_url
from towns.constants import ROLE_CHOICES
from towns.correcting import unlocked_paths
from towns.declared import FACTS, criterion_section, read
from towns.enterprise_queries import role_counts
from towns.models import Application, DraftField, Town, TownFigure
from towns.sections import plain

EMPTY, CHANGED, SAME, TYPED, LOCKED = "empty", "changed", "same", "typed", "locked"
FILLED = ("last_year", "register")
REGISTER_NOTE = "带自专业镇台账"
INDUSTRY = "industry_text"
# Figures that a sentence about the leading industry begins with, as the catalogue names them.
SAID = ("output_value", "employment")


class Offer(NamedTuple):
    """A field that could be taken over.

    ``text``: what the source says, ``stands``: what the field holds now. ``cleared``: somebody has
    emptied it.
    """

    section: str
    part: str
    name: str
    label: str
    text: str
    stands: str
    source: str
    note: str
    state: str
    cleared: bool = False

    @property
    def key(self) -> str:
        """How a form names it."""
        return f"{self.section}/{self.name}"

    @property
    def open(self) -> bool:
        """Whether it can be taken."""
        return self.state in (EMPTY, CHANGED)


def earlier_of(town: Town, but: Application | None = None) -> QuerySet[Application]:
    """The submitted applications of a town, latest first, without one that is being filled."""
    rows = Application.objects.filter(town=town, submitted_at__isnull=False, trial=False)
    if but is not None:
        rows = rows.exclude(pk=but.pk)
    return rows.select_related("round__office__region", "criteria_set").order_by(
        "-submitted_at", "-pk"
    )


def source_of(application: Application) -> Application | None:
    """The application that it is filled from: the one it was begun from, or else the latest."""
    rows = earlier_of(application.town, application)
    if application.copied_from_id is not None:
        return rows.filter(pk=application.copied_from_id).first()
    return rows.first()


def note_of(source: Application) -> str:
    """带自2025年度市级申报."""
    return f"带自{source.round.figures_year}年度{source.round.level_adjective}申报"


def offers(application: Application) -> list[Offer]:
    """Every field for which a source says something, in the order of the task list."""
    source = source_of(application)
    snapshot = source.snapshot if source is not None else {}
    note = note_of(source) if source is not None else ""
    stands = _standing(application)
    drafts = {
        (row.section, row.name): row for row in DraftField.objects.filter(application=application)
    }
    unlocked = unlocked_paths(application)
    found = []
    for section, part, name, label, path in _fields(application):
        text, kind, words = _said(read(snapshot, path)), "last_year", note
        if not text and name == INDUSTRY:
            text, kind, words = first_sentence(application), "register", REGISTER_NOTE
        if not text:
            continue
        now, draft = stands.get(path, ""), drafts.get((section, name))
        locked = unlocked is not None and path not in unlocked
        state = LOCKED if locked else _state(text, now, draft)
        cleared = draft is not None and not now.strip()
        found.append(Offer(section, part, name, label, text, now, kind, words, state, cleared))
    return found


def _said(value: Any) -> str:
    return plain(value).strip() if isinstance(value, str) else ""


def _state(text: str, now: str, draft: DraftField | None) -> str:
    if now.strip() == text:
        return SAME
    if not now.strip():
        return EMPTY
    filled = draft is not None and draft.source in FILLED and plain(draft.text) == now
    return CHANGED if filled else TYPED


def _fields(application: Application) -> list[tuple[str, str, str, str, str]]:
    """(section, its title, name of the field, label, path) of what can be taken over."""
    rows = [("facts", "基本情况", name, label, name) for name, label in FACTS.items()]
    rows.append(("industry", "主导产业和主导产品", INDUSTRY, "主导产业和主导产品情况", INDUSTRY))
    for criterion in spec_of(application.criteria_set).criteria:
        part, key = f"{criterion.clause} {criterion.title}", criterion_section(criterion.key)
        rows.append((key, part, "text", "情况说明", f"answers.{criterion.key}"))
    return rows


def _standing(application: Application) -> dict[str, str]:
    """Path -> text of the fields as they are stored."""
    found = {name: plain(getattr(application, name)) for name in (*FACTS, INDUSTRY)}
    for row in application.answers.all():
        found[f"answers.{row.criterion}"] = plain(row.text)
    return found


def first_sentence(application: Application) -> str:
    """What the registers know of the town's industry, in sentences to go on from; "" for nothing.

    Made of stored facts alone: the names of industry and products, members by role, two figures.
    """
    town, year = application.town, application.round.figures_year
    if not town.industry.strip():
        return ""
    text = f"{town.name}主导产业为{town.industry.strip()}"
    if town.products.strip():
        text += f"，主导产品为{town.products.strip()}"
    sentences = [text]
    members = role_counts(town)
    if members:
        roles = "、".join(f"{label}企业 {members[key]} 家" for key, label in ROLE_CHOICES)
        sentences.append(f"名单内企业 {sum(members.values())} 家，其中{roles}")
    figures = {
        row.indicator.key: row
        for row in TownFigure.objects.filter(
            town=town, year=year, indicator__key__in=SAID
        ).select_related("indicator")
    }
    said = [
        figures[key].indicator.name
        + shown(figures[key].value, figures[key].indicator.type, figures[key].indicator.unit)
        for key in SAID
        if key in figures
    ]
    if said:
        sentences.append(f"{year}年{'，'.join(said)}")
    return "。".join(sentences) + "。"


def prefill_context(actor: Actor, application: Application, *, editable: bool) -> Mapping[str, Any]:
    """``prefill`` for ``towns/_prefill.html``: None for who may not edit.

    { empty, url }: how many empty fields could be filled, and the page that shows them all. Takes
    one query at most, and none where nothing is empty.
    """
    if not editable:
        return {"prefill": None}
    url = office_url(actor, "application-prefill", application.pk)
    return {"prefill": {"empty": _empty(application), "url": url}}


def _empty(application: Application) -> int:
    """Empty fields for which a source says something; not counted after a return."""
    if application.revision:
        return 0
    stands = _standing(application)
    blank = [row for row in _fields(application) if not stands.get(row[4], "").strip()]
    others = [row for row in blank if row[2] != INDUSTRY]
    source = source_of(application) if others else None
    known = [row for row in others if source is not None and _said(read(source.snapshot, row[4]))]
    return len(known) + (len(blank) > len(others) and bool(application.town.industry.strip()))
