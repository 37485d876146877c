"""Reads of the ledger of honours: whose they are, first time or renewal, by group."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from portal.core.actor import Actor
from towns.honours import HONOUR_KINDS, MISTAKE, NAMED_KINDS
from towns.models import Honour, Membership, Town


def holders_towns(actor: Actor, honour: Honour) -> QuerySet[Town]:
    """The towns one sees that have the honour, or whose enterprise has or had it.

    Standing towns come first: what was merged or split is not changed any more.
    """
    towns = Town.objects.visible_to(actor).standing_first()
    if honour.town is not None:
        return towns.filter(pk=honour.town.pk)
    members = Membership.objects.visible_to(actor).filter(enterprise=honour.enterprise)
    return towns.filter(pk__in=members.order_by().values("town_id"))


def of_town(actor: Actor, town: Town) -> QuerySet[Honour]:
    """Honours of a town and of its present members, newest first, with ``earlier``."""
    members = Membership.objects.visible_to(actor).on().filter(town=town)
    rows = Honour.objects.visible_to(actor).filter(
        Q(town=town) | Q(enterprise_id__in=members.order_by().values("enterprise_id"))
    )
    return with_order(rows).select_related("enterprise", "town")


def with_order(rows: QuerySet[Honour]) -> QuerySet[Honour]:
    """Each row with ``earlier``: whether its holder had the same kind at the same level before.

    First time (首次) or renewal is asked by rewards (002 文中“首次”“新入选”). Other names of a kind
    are one kind; standards, brands and other kinds with names of their own are counted by title.
    What was entered by mistake is not counted, what was withdrawn is; a row without a day comes
    after none and before none.
    """
    same = Honour.objects.filter(
        Q(enterprise=OuterRef("enterprise")) | Q(town=OuterRef("town")),
        Q(title=OuterRef("title")) | ~Q(kind__in=NAMED_KINDS),
        kind=OuterRef("kind"),
        level=OuterRef("level"),
    ).exclude(revoked_as=MISTAKE)
    before = same.filter(
        Q(awarded_on__lt=OuterRef("awarded_on"))
        | Q(awarded_on=OuterRef("awarded_on"), pk__lt=OuterRef("pk"))
    )
    return rows.annotate(earlier=Exists(before))


def order_word(honour: Honour) -> str:
    """首次, 再次 or 未载明, from a row of ``with_order``."""
    if honour.revoked_on is not None:
        return ""
    if honour.awarded_on is None:
        return "未载明"
    return "再次" if getattr(honour, "earlier", False) else "首次"


def earlier_rows(honour: Honour) -> QuerySet[Honour]:
    """What the holder had of the same kind and level (and name, if it has one) before this one."""
    rows = Honour.objects.filter(
        Q(awarded_on__lt=honour.awarded_on) | Q(awarded_on=honour.awarded_on, pk__lt=honour.pk),
        enterprise=honour.enterprise,
        town=honour.town,
        kind=honour.kind,
        level=honour.level,
    ).exclude(revoked_as=MISTAKE)
    if honour.kind in NAMED_KINDS:
        rows = rows.filter(title=honour.title)
    return rows.order_by(F("awarded_on").desc(), "-pk")


def by_group(honours: Iterable[Honour]) -> dict[str, list[Honour]]:
    """Honours by group: award, standard, brand."""
    found: dict[str, list[Honour]] = {}
    for row in honours:
        found.setdefault(HONOUR_KINDS[row.kind].group, []).append(row)
    return found
