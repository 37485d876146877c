"""Saving what is typed into a section: by itself while it is typed, and when somebody says so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from portal.core import clock
from portal.core.actor import Actor
from portal.core.constants import Can
from portal.core.errors import Refused, require
from portal.core.ledger import record
from portal.core.merging import OWN_WINDOW, Overtaken, overtaken
from portal.core.models import hold_in_scope
from towns.correcting import unlocked_paths
from towns.models import Application, DraftField
from towns.policies import may_edit_section
from towns.sections import Section, Working, find_section, plain, texts, working

UNKNOWN = "该申报没有这一部分。"


class Conflict(NamedTuple):
    """A field that somebody else has changed since it was opened: what stands there now."""

    name: str
    theirs: str
    who: str
    when: datetime | None
    own: bool = False


class Autosaved(NamedTuple):
    """What became of typed fields: the names that were kept, and those in conflict.

    ``stands``: what stands now where that is not the very text that was typed.
    """

    at: datetime
    kept: list[str]
    conflicts: list[Conflict]
    stands: dict[str, str]


@transaction.atomic
def autosave_section(
    *,
    actor: Actor,
    application: Application,
    key: str,
    opened: Mapping[str, str],
    typed: Mapping[str, str],
) -> Autosaved:
    """Keep what is being typed, field by field; not entered in the ledger.

    ``opened``: field -> the text it was opened with. A field that somebody else has changed to
    something else meanwhile is not touched and comes back as a conflict.
    """
    application, section = _lock(actor, application, key)
    now, standing = clock.now(), working(application, section)
    found = Autosaved(now, [], [], {})
    mine = _known(section, application, typed)
    changed: dict[str, str] = {}
    for name, text in mine.items():
        stands = standing[name]
        if stands.text == text:
            found.kept.append(name)
        elif stands.text == plain(opened.get(name, "")):
            changed[name] = text
            found.kept.append(name)
        else:
            own = _is_own(actor, section, stands)
            found.conflicts.append(Conflict(name, stands.text, stands.who, stands.when, own))
    _require_unlocked(actor, application, section, changed)
    if changed:
        if section.own:
            section.write(actor, application, changed)
        keep_typed(actor, application, section.key, changed, now)
        _touch(actor, application)
        stored = section.stored(application) if section.own else changed
        found.stands.update(
            {name: stored[name] for name in changed if stored[name] != changed[name]}
        )
    return found


@transaction.atomic
def save_section(
    *,
    actor: Actor,
    application: Application,
    key: str,
    opened: Mapping[str, str] | None,
    typed: Mapping[str, str],
) -> dict[str, str]:
    """Save a section's form as one entry; the fields that changed.

    ``opened``: what the form was opened with, None when it does not say: then everything typed
    counts as decided. Raises Overtaken, and saves nothing, when that would undo unseen what
    somebody else has saved since; ValidationError beside the names of what is not valid.
    """
    application, section = _lock(actor, application, key)
    standing = working(application, section)
    mine = _known(section, application, typed)
    if opened is not None:
        known = {name: plain(text) for name, text in opened.items() if name in mine}
        if overtaken(known, texts(standing), mine):
            moved = [
                row
                for name, row in standing.items()
                if name in known and row.text not in (known[name], mine[name])
            ]
            own = all(_is_own(actor, section, row) for row in moved)
            last = _last(moved)
            who = OWN_WINDOW if own else last.who
            raise Overtaken(texts(standing), 0, who, last.when)
    stored = section.stored(application)
    typed_now = {name: text for name, text in mine.items() if text != standing[name].text}
    changed = {name: text for name, text in mine.items() if text != stored.get(name, "")}
    _require_unlocked(actor, application, section, changed | typed_now)
    if changed:
        section.write(actor, application, changed)
    if section.own:
        keep_typed(actor, application, section.key, typed_now, clock.now())
    else:
        # What a workbook said was entered with it: it never waits.
        rows = DraftField.objects.filter(application=application, section=section.key)
        rows.filter(Q(name__in=list(mine)) | Q(source="workbook")).delete()
    _touch(actor, application)
    record(
        actor,
        "save_section",
        application,
        f"保存“{section.title}”",
        data={"section": section.key, "fields": sorted({*changed, *typed_now})},
        scope_code=application.scope_code,
        audience="unit",
    )
    return changed


def keep_typed(
    actor: Actor,
    application: Application,
    section: str,
    values: Mapping[str, str],
    at: datetime,
    *,
    source: str = "typed",
    note: str = "",
) -> None:
    """Remember who typed which text, or where it was taken from. The caller holds the lock."""
    rows = [
        DraftField(
            application=application,
            section=section,
            name=name,
            text=text,
            source=source,
            source_note=note,
            saved_by=actor.user,
            saved_name=actor.name,
            saved_at=at,
        )
        for name, text in values.items()
    ]
    DraftField.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["application", "section", "name"],
        update_fields=["text", "source", "source_note", "saved_by", "saved_name", "saved_at"],
    )


def _lock(actor: Actor, application: Application, key: str) -> tuple[Application, Section]:
    locked = (
        Application.objects.select_for_update(of=("self",))
        .select_related("town__county", "round__office__region", "criteria_set")
        .get(pk=application.pk)
    )
    section = find_section(locked, key)
    if section is None:
        raise ValidationError(UNKNOWN)
    require(may_edit_section(actor, locked, section))
    return locked, section


def _require_unlocked(
    actor: Actor, application: Application, section: Section, names: Iterable[str]
) -> None:
    """After a return only the fields that the office named change; asked once for all of them."""
    unlocked = unlocked_paths(application)
    if unlocked is None:
        return
    for name in names:
        if section.path(name) not in unlocked:
            require(may_edit_section(actor, application, section, name))


def _known(section: Section, application: Application, typed: Mapping[str, str]) -> dict[str, str]:
    """The typed fields that the section has, with line ends as they are stored.

    ValidationError beside every name whose text cannot be stored.
    """
    labels = section.labels(application)
    found, problems = {}, {}
    for name, text in typed.items():
        if name not in labels:
            continue
        typed_text, limit = plain(text), section.limit(name)
        if len(typed_text) > limit:
            problems[name] = f"{labels[name]}超过 {limit} 字，请精简后再保存。"
        elif _unreadable(typed_text):
            problems[name] = f"{labels[name]}中有不能保存的字符，请删除后重新输入。"
        found[name] = typed_text
    if problems:
        raise ValidationError(problems)
    return found


def _unreadable(text: str) -> bool:
    return "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text)


def _is_own(actor: Actor, section: Section, stands: Working) -> bool:
    """Whether the actor typed it, in another window; what a register says is nobody's typing."""
    typed = section.own or stands.waiting
    return typed and actor.user is not None and stands.by == actor.user.pk


def _last(standing: Iterable[Working]) -> Working:
    rows = [row for row in standing if row.when is not None]
    return max(rows, key=lambda row: row.when or clock.now(), default=Working(""))


def _touch(actor: Actor, application: Application) -> None:
    Application.objects.filter(pk=application.pk).update(saved_at=clock.now())
    if not actor.can(Can.CONTRIBUTE):
        hold_in_scope(application, actor)
    elif not Application.objects.contributed_by(actor).filter(pk=application.pk).exists():
        raise Refused("这项填报授权已经结束，内容没有保存。")
