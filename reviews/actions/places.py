"""Places (推荐名额): an office never recommends more towns in a round than it was given."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils import timezone

from portal.core import clock
from portal.core.actions.notifications import tell
from portal.core.models import Region
from reviews.chain import Mode, Step
from reviews.models import Case, ShortlistItem
from reviews.place_queries import given_places, holding_rows
from towns.models import Round, RoundQuota

TAKEN = "原来的推荐名额已经用完，请先调整推荐名额或者推荐名单。"


def lock_places(call: Round, region: Region) -> int | None:
    """The places of a region in a round, their row locked; None where none were set (未载明)."""
    row = RoundQuota.objects.select_for_update().filter(round=call, region=region).first()
    return row.places if row is not None else None


def hold_quota(case: Case, step: Step) -> None:
    """Refuse to recommend one town more than the office has places, where it decides singly.

    A town holds its place while its case runs, also while it is returned, and once it is certified.
    """
    if step.mode == Mode.SHORTLIST:
        return  # the list counts its own rows
    office = case.office
    places = lock_places(case.round, office.region)
    if places is None:
        return
    if given_places().filter(case=case, step=step.key, office=office).exists():
        return  # it came back from a correction: lowered places take nothing back
    held = _recommended(case, office.pk, step.key)
    if held >= places:
        raise ValidationError(
            {
                "outcome": f"{office.region.name}在本批次的推荐名额为 {places} 个，"
                f"已推荐 {held} 个，不能再推荐。可在有专业镇退出后再推荐，"
                "或者请上级办公室调整名额。"
            }
        )


def _recommended(case: Case, office_id: int, step: str) -> int:
    """How many other towns of the round hold a place that an office gave singly."""
    runs = given_places().filter(step=step, office=office_id, case__round=case.round_id)
    return (
        Case.objects.filter(pk__in=runs.values("case"))
        .exclude(pk=case.pk)
        .exclude(outcome__in=("rejected", "withdrawn"))
        .count()
    )


def leave_shortlists(case: Case, why: str) -> None:
    """A case that ends without certification gives its place free; its office is told.

    Only what was recommended from a list held a place; on a list that is still a draft it did not.
    """
    items = ShortlistItem.objects.filter(case=case, standing="recommended")
    for item in items.select_related("shortlist__office", "shortlist__round"):
        if not given_places().filter(case=case, shortlist=item.shortlist).exists():
            continue
        item.standing, item.fallen_at, item.fallen_reason = "fallen", clock.now(), why
        item.save(update_fields=["standing", "fallen_at", "fallen_reason"])
        tell(
            [item.shortlist.office],
            kind="shortlist",
            key=f"fallen:{item.pk}:{timezone.localtime(item.fallen_at):%Y%m%d%H%M%S}",
            title=f"{case.town_name}{why}，空出一个推荐名额：{item.shortlist.round}",
            text="可在推荐名单中按顺序递补备选的专业镇。",
            url_name="shortlist",
            url_args=[item.shortlist.round_id],
        )


def rejoin(case: Case) -> None:
    """A case that is opened again takes its places again, where there still are any."""
    runs = given_places().filter(case=case).select_related("office__region")
    for run in runs.order_by("ordinal"):
        if case.chain.step(run.step).mode == Mode.SHORTLIST:
            continue
        places = lock_places(case.round, run.office.region)
        if places is not None and _recommended(case, run.office_id, run.step) >= places:
            raise ValidationError(f"{run.office.region.name}{TAKEN}")
    items = ShortlistItem.objects.filter(case=case, standing="fallen").select_related(
        "shortlist__office__region", "shortlist__round"
    )
    for item in items:
        shortlist = item.shortlist
        places = lock_places(shortlist.round, shortlist.office.region)
        held = holding_rows(shortlist).count()
        if item.replaced_by.exists() or (places is not None and held >= places):
            raise ValidationError(f"{shortlist.office.region.name}{TAKEN}")
        item.standing, item.fallen_at, item.fallen_reason = "recommended", None, ""
        item.save(update_fields=["standing", "fallen_at", "fallen_reason"])
