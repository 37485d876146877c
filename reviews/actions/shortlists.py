"""Shortlists: ranking what waits for recommendation, confirming it, moving a reserve up.

A place is held by every row that stands at 推荐 and was recommended from the list or waits to be:
in its office's own quota of the round (``RoundQuota``) there are never more of them. Where no quota
was set (未载明) none is counted. A confirmed list that is ranked anew is a draft again until it is
confirmed, so that the offices above read nothing that is not.

Locks: the office, its list, the cases by their keys, the quota. Rows are read once the cases are
locked, because a case that ends writes on its row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from portal.core import clock
from portal.core.actor import Actor, acting_office
from portal.core.errors import Refused, Stale, require
from portal.core.ledger import record
from portal.core.models import Office, hold_in_scope
from reviews.actions.moving import lock_cases, move_case, open_run, outcome_of
from reviews.actions.places import lock_places
from reviews.models import Case, Shortlist, ShortlistItem
from reviews.models.shortlists import STANDING_CHOICES
from reviews.place_queries import RECOMMEND, recommendations_from
from reviews.policies import may_decide
from reviews.shortlist_policies import is_own, may_confirm, may_rank
from reviews.shortlist_queries import digest_of, stands_at
from towns.models import Round

# Standings that an office may choose; 已退出 comes about by itself.
CHOSEN = {key: label for key, label in STANDING_CHOICES if key != "fallen"}
OUTCOME_OF = {"recommended": RECOMMEND, "declined": "reject"}
REASON_ASKED = ("recommended", "declined")
MOST_GROUND = 300
OVERTAKEN = "名单已被本办公室其他人员修改，请核对现在的名单后再办理。"


class Ranked(NamedTuple):
    """One row as the office ranked it, in the order of the sequence it stands in."""

    case_id: int
    standing: str
    reason: str


class Locked(NamedTuple):
    """A list with its rows by rank and their cases, all of it locked."""

    shortlist: Shortlist
    items: list[ShortlistItem]
    cases: dict[int, Case]
    recommended: Mapping[int, bool]

    def waits(self, item: ShortlistItem) -> bool:
        """Whether the row's case stands at the list's step."""
        return stands_at(self.cases[item.case_id], self.shortlist)

    def holds(self, item: ShortlistItem) -> bool:
        """Whether the row holds a place."""
        return item.standing == "recommended" and (
            item.case_id in self.recommended or self.waits(item)
        )


@transaction.atomic
def save_shortlist(
    *,
    actor: Actor,
    call: Round,
    rows: Sequence[Ranked],
    note: str = "",
    seen: str | None = None,
) -> Shortlist:
    """Keep the ranking of the cases that wait at the office's step of recommending.

    The order of ``rows`` is the rank; rows that it does not name follow in the order they had. Rows
    whose case has moved on keep their standing: what was recommended or fell out is not rewritten.
    More 推荐 than places is refused. ``seen``: the digest of the list that was opened.
    """
    require(may_rank(actor, call))
    locked = lock_list(actor, call, [row.case_id for row in rows])
    shortlist, cases = locked.shortlist, locked.cases
    before = digest_of(locked.items, shortlist.note)
    require_unchanged(before, seen)
    kept = {item.case_id: item for item in locked.items}
    errors: dict[str, str] = {}
    ordered: dict[int, ShortlistItem] = {}
    for row in rows:
        case = cases[row.case_id]
        item = kept.get(case.pk) or ShortlistItem(shortlist=shortlist, case=case)
        if stands_at(case, shortlist):
            if row.standing not in CHOSEN:
                errors[f"standing_{case.pk}"] = f"{case.town_name}：请选择推荐结论。"
            item.standing, item.reason = row.standing, row.reason.strip()
        elif item.pk is None:
            raise Stale(f"{case.town_name}已不在推荐环节，请刷新后重新排序。")
        ordered[case.pk] = item
    items = [*ordered.values(), *(item for key, item in kept.items() if key not in ordered)]
    if errors:
        raise ValidationError(errors)
    hold_places(locked, items)
    for rank, item in enumerate(items, start=1):
        item.rank = rank
        item.save()
    shortlist.note = note.strip()
    if digest_of(items, shortlist.note) != before:
        shortlist.state = "draft"
    shortlist.save(update_fields=["note", "state"])
    hold_in_scope(shortlist, actor)
    enter_list(actor, "save_shortlist", shortlist, "保存推荐名单排序", described(items))
    return shortlist


@transaction.atomic
def confirm_shortlist(*, actor: Actor, shortlist: Shortlist, seen: str | None = None) -> Shortlist:
    """Recommend and decline what the list says; reserves stay where they are, in their order.

    Every case that waits on the list needs a standing, and a reason unless it is a reserve. The
    person who decided the step before does not recommend (``may_decide``). ``seen``: the digest of
    the list that was read before confirming.
    """
    require(may_confirm(actor, shortlist.round))
    locked = lock_own(actor, shortlist)
    shortlist, items = locked.shortlist, locked.items
    waiting = [item for item in items if locked.waits(item)]
    moved = [item for item in waiting if item.standing in OUTCOME_OF]
    if shortlist.state == "confirmed" and not moved:
        raise Stale(confirmed_words(shortlist))
    require_unchanged(digest_of(items, shortlist.note), seen)
    errors = {}
    for item in waiting:
        name = locked.cases[item.case_id].town_name
        if not item.standing:
            errors[f"standing_{item.case_id}"] = f"{name}：请选择推荐结论。"
        elif item.standing in REASON_ASKED and not item.reason:
            errors[f"reason_{item.case_id}"] = f"{name}：请填写推荐（不推荐）理由。"
    if errors:
        raise ValidationError(errors)
    hold_places(locked, items)
    for item in moved:
        _decide_row(actor, locked, item)
    shortlist.state, shortlist.confirmed_at = "confirmed", clock.now()
    shortlist.confirmed_by, shortlist.confirmed_name = actor.user, actor.name
    shortlist.save(update_fields=["state", "confirmed_at", "confirmed_by", "confirmed_name"])
    hold_in_scope(shortlist, actor)
    enter_list(actor, "confirm_shortlist", shortlist, "确定推荐名单", described(items))
    return shortlist


@transaction.atomic
def promote_reserve(
    *, actor: Actor, shortlist: Shortlist, item_id: int, reason: str
) -> ShortlistItem:
    """Move the first reserve up into a place that is free (递补), by a recorded act."""
    require(may_confirm(actor, shortlist.round))
    locked = lock_own(actor, shortlist)
    shortlist, items = locked.shortlist, locked.items
    reserves = [item for item in items if item.standing == "reserve" and locked.waits(item)]
    item = next((row for row in reserves if row.pk == item_id), None)
    if item is None:
        raise Stale("该专业镇已不在备选之列，请刷新后查看。")
    if shortlist.state != "confirmed":
        raise ValidationError({"reason": "名单有改动尚未确定，请先确定名单，再办理递补。"})
    if item != reserves[0]:
        first = locked.cases[reserves[0].case_id].town_name
        raise ValidationError({"reason": f"备选按顺序递补，现在应递补{first}。"})
    ground = reason.strip()
    if not ground:
        raise ValidationError({"reason": "请填写递补依据。"})
    if len(ground) > MOST_GROUND:
        raise ValidationError({"reason": f"递补依据请控制在 {MOST_GROUND} 字以内。"})
    fallen = next(
        (row for row in items if row.standing == "fallen" and not row.replaced_by.exists()), None
    )
    item.standing, item.promoted_at, item.promoted_name = "recommended", clock.now(), actor.name
    item.promoted_reason, item.replaces = ground, fallen
    item.reason = item.reason or ground
    hold_places(locked, items)
    item.save()
    _decide_row(actor, locked, item)
    town = locked.cases[item.case_id].town_name
    data = {
        "case": item.case_id,
        "replaces": fallen.case_id if fallen else None,
        "reason": ground,
    }
    enter_list(actor, "promote_reserve", shortlist, f"递补{town}", data)
    return item


def _decide_row(actor: Actor, locked: Locked, item: ShortlistItem) -> None:
    """Move the case of a row by what the row says."""
    case = locked.cases[item.case_id]
    run = open_run(case, reader=actor)
    verdict = may_decide(actor, case, run)
    if not verdict.ok:
        raise Refused(f"{case.town_name}：{verdict.reason}")
    outcome = outcome_of(OUTCOME_OF[item.standing])
    move_case(case, run, actor, outcome, item.reason, shortlist=locked.shortlist)


def lock_shortlist(actor: Actor, call: Round) -> Shortlist:
    """The acting office's list of a round, locked; made when there is none yet."""
    office = acting_office(actor)
    # The office's row takes turns, so that two people never begin two lists; rows that point at it
    # are entered meanwhile.
    Office.objects.select_for_update(of=("self",), no_key=True).get(pk=office.pk)
    found = (
        Shortlist.objects.visible_to(actor)
        .select_for_update(of=("self",), no_key=True)
        .select_related("round__office", "office__region")
        .filter(office=office, round=call)
        .first()
    )
    return found or Shortlist.objects.create(office=office, round=call, created_at=clock.now())


def lock_list(actor: Actor, call: Round, keys: Iterable[int] = ()) -> Locked:
    """The office's list of a round with its rows and their cases, and the cases of ``keys``."""
    shortlist = lock_shortlist(actor, call)
    listed = set(shortlist.items.values_list("case_id", flat=True)) | set(keys)
    if not listed:
        raise ValidationError({"cases": "名单中还没有办件，请先排序并保存。"})
    cases = {case.pk: case for case in lock_cases(actor, sorted(listed))}
    return Locked(
        shortlist,
        list(shortlist.items.order_by("rank", "pk")),
        cases,
        recommendations_from(shortlist),
    )


def lock_own(actor: Actor, shortlist: Shortlist) -> Locked:
    """The same of a list that must be the acting office's own."""
    if not is_own(actor, shortlist):
        raise Refused(f"该推荐名单由{shortlist.office.name}办理。")
    return lock_list(actor, shortlist.round)


def hold_places(locked: Locked, items: Sequence[ShortlistItem]) -> None:
    """Refuse a 推荐 more than the office has places; its quota is locked until the end.

    Places that were lowered take back nothing that was given: what is already recommended, or came
    back from a correction, stays, and the rest of the list can be worked on.
    """
    shortlist = locked.shortlist
    places = lock_places(shortlist.round, shortlist.office.region)
    held = sum(locked.holds(item) for item in items)
    fresh = sum(locked.holds(item) and item.case_id not in locked.recommended for item in items)
    if places is not None and fresh and held > places:
        raise ValidationError(
            {
                "places": f"本批次推荐名额为 {places} 个，名单中推荐了 {held} 个，"
                f"请将 {min(fresh, held - places)} 个改为备选或者不推荐。"
            }
        )


def require_unchanged(now: str, seen: str | None) -> None:
    """Stale when the list is no longer the one that was read; None asks nothing."""
    if seen is not None and seen != now:
        raise Stale(OVERTAKEN)


def confirmed_words(shortlist: Shortlist) -> str:
    """Who confirmed a list, and that nothing is left to confirm."""
    if shortlist.confirmed_at is None:
        return "名单中没有新的推荐或者不推荐，无需再次确定。"
    moment = timezone.localtime(shortlist.confirmed_at)
    return (
        f"名单已由{shortlist.confirmed_name}于 {moment:%Y-%m-%d %H:%M} 确定，"
        "没有新的推荐或者不推荐，无需再次确定。"
    )


def described(items: Iterable[ShortlistItem]) -> Mapping[str, object]:
    """What the ledger keeps of a list."""
    rows = sorted(items, key=lambda item: item.rank)
    return {"rows": [[row.case_id, row.rank, row.standing, row.reason] for row in rows]}


def enter_list(
    actor: Actor, verb: str, shortlist: Shortlist, summary: str, data: Mapping[str, object]
) -> None:
    """One entry of the list's chain."""
    record(
        actor,
        verb,
        shortlist,
        f"{shortlist.round}：{summary}",
        data=data,
        scope_code=shortlist.office.region.code,
    )
