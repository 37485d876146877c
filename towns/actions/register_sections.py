"""Saving a section that shows a register, and taking back what only waits in it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from portal.core import clock
from portal.core.actor import Actor
from portal.core.errors import require
from portal.core.ledger import chain_of, record
from portal.core.merging import OWN_WINDOW, Overtaken, overtaken
from portal.core.models import LedgerEntry, hold_in_scope
from towns.actions.drafting import autosave_section, save_section
from towns.models import Application, DraftField
from towns.policies import may_edit_application, may_edit_section, may_maintain_town
from towns.sections import Section, find_section, plain, texts, working

# How many saves of an application are looked back on for who entered a field.
LOOKED_AT = 200


@transaction.atomic
def save_register_section(
    *,
    actor: Actor,
    application: Application,
    key: str,
    opened: Mapping[str, str] | None,
    below: Mapping[str, str] | None,
    typed: Mapping[str, str],
) -> bool:
    """Save the form of a section of a register: True when it was entered there.

    False when it waits for whoever keeps the register: a contact who was given the section, or an
    application on trial. ``opened``: what the form showed when it was opened, ``below``: what the
    register said then; None when the form does not say. Raises Overtaken where somebody else has
    changed either since; ValidationError beside the names of what is not valid.
    """
    locked = (
        Application.objects.select_for_update(of=("self", "town"))
        .select_related("town__county", "round__office__region", "criteria_set")
        .get(pk=application.pk)
    )
    section = find_section(locked, key)
    if section is None or section.own:
        raise ValidationError("该申报没有这一部分。")
    require(may_edit_section(actor, locked, section))
    _hold_against(actor, locked, section, opened, below, typed)
    if may_maintain_town(actor, locked.town).ok:
        save_section(actor=actor, application=locked, key=key, opened=None, typed=typed)
        return True
    standing = texts(working(locked, section))
    autosave_section(actor=actor, application=locked, key=key, opened=standing, typed=typed)
    names = sorted(name for name, text in typed.items() if text != standing.get(name, text))
    if names:
        _enter(actor, locked, section, "keep_section", "待存入台账", {"fields": names})
    return False


def _hold_against(
    actor: Actor,
    application: Application,
    section: Section,
    opened: Mapping[str, str] | None,
    below: Mapping[str, str] | None,
    typed: Mapping[str, str],
) -> None:
    """Overtaken when saving would undo unseen what was typed, or registered, meanwhile."""
    stored, shown = section.stored(application), texts(working(application, section))
    moved = {name: text for name, text in stored.items() if below and below.get(name) != text}
    stands = {**shown, **moved}
    mine = {name: plain(text) for name, text in typed.items() if name in shown}
    known = {name: (opened or {}).get(name, "") for name in mine if opened is not None}
    known |= {name: (below or {}).get(name, "") for name in mine if name in moved}
    if overtaken(known, stands, mine):
        rows = DraftField.objects.filter(application=application, section=section.key)
        last = rows.order_by("-saved_at").first()
        who, when = (last.saved_name, last.saved_at) if last is not None else ("", None)
        named = {
            name
            for name, text in known.items()
            if stands.get(name) != text and stands.get(name) != mine.get(name)
        }
        typed_by = dict(rows.filter(name__in=named - moved.keys()).values_list("name", "saved_by"))
        entered = {name for name in named if name in moved or name not in typed_by}
        own = actor.user is not None and all(by == actor.user.pk for by in typed_by.values())
        if own and (not entered or _entered_by(actor, application, section, entered)):
            who = OWN_WINDOW
        raise Overtaken(stands, 0, who, when)


def _entered_by(
    actor: Actor, application: Application, section: Section, names: Collection[str]
) -> bool:
    """Whether the actor was the last to enter these, by saving this section elsewhere.

    Not when anybody else has written to the town's registers since.
    """
    saves = LedgerEntry.objects.filter(chain=chain_of(application), verb="save_section")
    left, oldest = set(names), 0
    for entry in saves.order_by("-seq")[:LOOKED_AT]:
        data = json.loads(entry.payload)
        found = left.intersection(data["fields"]) if data["section"] == section.key else set()
        if found and entry.actor_id != (actor.user.pk if actor.user else None):
            return False
        if found:
            left, oldest = left - found, entry.pk
        if not left:
            break
    since = LedgerEntry.objects.filter(
        Q(chain=chain_of(application.town)) | Q(verb="import_figures"), pk__gt=oldest
    )
    return not left and not since.exclude(actor=actor.user).exists()


@transaction.atomic
def drop_typed(
    *, actor: Actor, application: Application, key: str, names: Collection[str]
) -> list[str]:
    """Take back what waits in these fields, so that the register's own values show again.

    The texts stay in the ledger. ValidationError when no field is named; asking twice drops once.
    """
    if not names:
        raise ValidationError("请至少勾选一项。")
    locked = (
        Application.objects.select_for_update(of=("self",))
        .select_related("town__county", "round__office__region", "criteria_set")
        .get(pk=application.pk)
    )
    section = find_section(locked, key)
    if section is None or section.own:
        raise ValidationError("该申报没有这一部分。")
    require(may_edit_application(actor, locked))
    rows = DraftField.objects.filter(application=locked, section=key, name__in=list(names))
    dropped = dict(rows.values_list("name", "text"))
    if dropped:
        rows.delete()
        Application.objects.filter(pk=locked.pk).update(saved_at=clock.now())
        hold_in_scope(locked, actor)
        _enter(actor, locked, section, "drop_typed", "按台账刷新", {"texts": dropped})
    return sorted(dropped)


def _enter(
    actor: Actor,
    application: Application,
    section: Section,
    verb: str,
    words: str,
    data: Mapping[str, object],
) -> None:
    record(
        actor,
        verb,
        application,
        f"“{section.title}”{words}",
        data={"section": section.key, **data},
        scope_code=application.scope_code,
        audience="unit",
    )
