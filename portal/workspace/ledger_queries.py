"""Scoped reads of the ledger and the stream: exactly the rows that a list and its export show."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from django.db.models import Q
from django.utils import timezone

from portal.core.actor import Actor
from portal.core.constants import ACCESS_KINDS, LEDGER_OUTCOME_CHOICES
from portal.core.models import AccessEntry, LedgerEntry
from portal.core.models.audit import AccessQuerySet
from portal.core.models.ledger import LedgerQuerySet
from portal.workspace.verbs import VERBS

CHAIN_SHOWN = 20


class LedgerFilter(NamedTuple):
    """What the ledger is narrowed to; an empty value does not narrow. Days as ISO dates."""

    since: str = ""
    until: str = ""
    verb: str = ""
    office: str = ""
    person: str = ""
    search: str = ""
    outcome: str = ""

    def as_dict(self) -> dict[str, str]:
        """As plain data, for a job's arguments."""
        return self._asdict()


class AccessFilter(NamedTuple):
    """What the stream is narrowed to."""

    since: str = ""
    until: str = ""
    kind: str = ""
    outcome: str = ""
    person: str = ""
    search: str = ""

    def as_dict(self) -> dict[str, str]:
        """As plain data, for a job's arguments."""
        return self._asdict()


def filter_ledger(actor: Actor, chosen: LedgerFilter) -> LedgerQuerySet:
    """The entries the actor reads, narrowed.

    A person is looked for only among the entries whose names the actor reads: otherwise the filter
    would tell them.
    """
    rows = LedgerEntry.objects.visible_to(actor).filter(_period(chosen.since, chosen.until))
    if chosen.verb:
        rows = rows.filter(verb=chosen.verb)
    if chosen.outcome:
        rows = rows.filter(outcome=chosen.outcome)
    if chosen.office:
        rows = rows.filter(office_name__contains=chosen.office)
    if chosen.search:
        words = Q(subject__contains=chosen.search) | Q(summary__contains=chosen.search)
        rows = rows.filter(words)
    if chosen.person:
        rows = rows.filter(actor_name__contains=chosen.person)
        scope = actor.jurisdiction if actor.audits else actor.scope
        if scope is not None:
            rows = rows.filter(office_code__gte=scope.lower, office_code__lt=scope.upper)
    return rows


def filter_access(actor: Actor, chosen: AccessFilter) -> AccessQuerySet:
    """The entries of the stream the auditor reads, narrowed."""
    rows = AccessEntry.objects.visible_to(actor).filter(_period(chosen.since, chosen.until))
    if chosen.kind:
        rows = rows.filter(kind=chosen.kind)
    if chosen.outcome:
        rows = rows.filter(outcome=chosen.outcome)
    if chosen.person:
        rows = rows.filter(actor_name__contains=chosen.person)
    if chosen.search:
        rows = rows.filter(subject__contains=chosen.search)
    return rows


def same_chain(actor: Actor, entry: LedgerEntry) -> list[LedgerEntry]:
    """The newest entries about the same thing that the actor reads."""
    rows = LedgerEntry.objects.visible_to(actor).filter(chain=entry.chain)
    return list(rows.select_related("post").order_by("-seq")[:CHAIN_SHOWN])


def _period(since: str, until: str) -> Q:
    """From the first moment of a day to the last of another."""
    limits = Q()
    if since:
        limits &= Q(at__gte=_midnight(date.fromisoformat(since)))
    if until:
        limits &= Q(at__lt=_midnight(date.fromisoformat(until) + timedelta(days=1)))
    return limits


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def describe_ledger_filter(chosen: LedgerFilter) -> str:
    """The filter in words, as printed on the sheet."""
    return _describe(chosen, VERBS.get(chosen.verb, chosen.verb), "事项", chosen.office)


def describe_access_filter(chosen: AccessFilter) -> str:
    """The filter in words, as printed on the sheet."""
    kind = ACCESS_KINDS[chosen.kind].label if chosen.kind in ACCESS_KINDS else chosen.kind
    return _describe(chosen, kind, "类别", "")


def _describe(chosen: LedgerFilter | AccessFilter, what: str, label: str, office: str) -> str:
    outcomes: Mapping[str, str] = dict(LEDGER_OUTCOME_CHOICES)
    words = (
        ("日期自", chosen.since),
        ("日期至", chosen.until),
        (label, what),
        ("机构包含", office),
        ("人员包含", chosen.person),
        ("关键词", chosen.search),
        ("结果", outcomes.get(chosen.outcome, chosen.outcome)),
    )
    return "；".join(f"{name}：{value}" for name, value in words if value) or "全部"
