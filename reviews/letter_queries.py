"""Letters of recommendation (推荐函) of a list: whom they name, and who is to be named."""

from __future__ import annotations

from collections.abc import Container, Mapping

from django.db.models import QuerySet

from portal.core.models import DocumentLink, OfficialDocument
from reviews.chain import Mode
from reviews.models import Case, Shortlist, ShortlistItem, StepRun
from reviews.recommendations import KIND


def letters_of(shortlist: Shortlist) -> QuerySet[OfficialDocument]:
    """The 推荐函 made from a list, drafts included, the newest first."""
    rows = OfficialDocument.objects.filter(office=shortlist.office_id, kind=KIND)
    return rows.filter(content__shortlist=shortlist.pk).order_by("-pk")


def _sent(office_id: int, shortlist_id: int | None) -> dict[int, str]:
    """Case -> the issued letter that names it, unless that was revoked, or what superseded it."""
    issued = DocumentLink.objects.filter(document__state="issued")
    revoked = issued.filter(relation="revokes").values("target")
    with_them = issued.filter(relation="supersedes", document__in=revoked).values("target")
    letters = (
        OfficialDocument.objects.filter(
            office=office_id, kind=KIND, state="issued", content__shortlist=shortlist_id
        )
        .exclude(pk__in=revoked)
        .exclude(pk__in=with_them)
        .values_list("number", "title", "content__case_ids")
    )
    return {key: number or title for number, title, keys in letters for key in keys}


def sent_cases(shortlist: Shortlist) -> set[int]:
    """Keys of the cases that a letter in force names."""
    return set(_sent(shortlist.office_id, shortlist.pk))


def letter_naming(run: StepRun) -> str:
    """The number of the letter in force that names what a run recommended; empty without one."""
    if run.shortlist_id is None:
        return ""
    return _sent(run.office_id, run.shortlist_id).get(run.case_id, "")


def is_to_send(
    item: ShortlistItem, case: Case, recommended: Mapping[int, bool], sent: Container[int]
) -> bool:
    """Whether a row is recommended now, and in no letter in force."""
    return (
        item.standing == "recommended"
        and recommended.get(item.case_id, False)
        and case.state != "closed"
        and not (case.state == "open" and case.current.mode == Mode.SHORTLIST)
        and item.case_id not in sent
    )
