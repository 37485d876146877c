"""From a draft to a published version: proposing, confirming by a second person, withdrawing.

Publication locks the region first and the set after it, so two publications of one region come one
after the other and each gets a version of its own.
"""

from __future__ import annotations

from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from criteria.actions.indicators import hold_indicators
from criteria.actions.keeping import draft_to_change, note_editor, same_revision
from criteria.actions.telling import tell_of_proposal, tell_of_publication, tell_of_withdrawal
from criteria.checking import blocking, check_set
from criteria.exchange import content_of, digest_of
from criteria.models import CriteriaSet
from criteria.policies import may_publish, may_return, may_take_back, may_withdraw
from criteria.standing import predecessor_of
from portal.core import clock
from portal.core.actor import Actor, acting_office, acting_user
from portal.core.constants import Can
from portal.core.errors import Stale, require
from portal.core.formatting import cn_date
from portal.core.ledger import record
from portal.core.models import Region

LONGEST_WORDS = 400
MOST_FINDINGS = 10


@transaction.atomic
def propose_criteria_set(*, actor: Actor, key: str, revision: int, note: str = "") -> CriteriaSet:
    """Hand a draft to a second person; from now on nobody changes it.

    ``revision``: of the draft that was looked at; Stale when somebody has changed it since.
    """
    row = draft_to_change(actor, key)
    same_revision(row, revision)
    hold_indicators(row)
    note = _words("note", note)
    missing = what_is_missing(row) or wrong_days(row, predecessor_of(row))
    if missing:
        raise ValidationError(missing)
    row.state, row.proposal_note, row.return_reason = "proposed", note, ""
    row.proposed_at, row.proposed_by = clock.now(), acting_user(actor)
    row.proposed_name = actor.name
    note_editor(actor, row)
    row.save()
    record(
        actor,
        "propose_criteria_set",
        row,
        f"提请确认发布《{row.title}》",
        data={"note": note, "content_sha256": digest_of(content_of(row))},
    )
    tell_of_proposal(row, acting_office(actor), returned=False)
    return row


@transaction.atomic
def take_back_proposal(*, actor: Actor, key: str) -> CriteriaSet:
    """Make a proposal a draft again, by the office that proposed it."""
    row = _locked(actor, key)
    require(may_take_back(actor, row))
    row.state = "draft"
    row.save()
    record(actor, "take_back_proposal", row, f"取回《{row.title}》，继续修改")
    return row


@transaction.atomic
def return_proposal(*, actor: Actor, key: str, revision: int, reason: str) -> CriteriaSet:
    """Give a proposal back for changes; who took part in it may, though never confirm it."""
    row = _locked(actor, key)
    require(may_return(actor, row))
    same_revision(row, revision)
    reason = _words("reason", reason)
    if not reason:
        raise ValidationError({"reason": "请写明退回修改的意见，编制人按此修改。"})
    row.state, row.return_reason = "draft", reason
    row.save()
    record(actor, "return_proposal", row, f"退回《{row.title}》修改", data={"reason": reason})
    tell_of_proposal(row, acting_office(actor), returned=True)
    return row


@transaction.atomic
def publish_criteria_set(*, actor: Actor, key: str, revision: int) -> CriteriaSet:
    """Confirm a proposal: the next version, which nothing changes any more; tell whom it concerns.

    Stale when somebody else was faster, or when it is no longer what the person looked at.
    """
    region_id = CriteriaSet.objects.visible_to(actor).values_list("region", flat=True).get(key=key)
    # No key of the row is touched: others go on referring to the region meanwhile.
    Region.objects.select_for_update(no_key=True).get(pk=region_id)
    row = _locked(actor, key)
    _not_yet(actor, row, "published", f"已由{row.published_name}确认发布为{row.version_label}")
    require(may_publish(actor, row))
    same_revision(row, revision)
    hold_indicators(row)
    before = predecessor_of(row)
    missing = what_is_missing(row) or wrong_days(row, before)
    if missing:
        raise ValidationError(missing)
    versions = CriteriaSet.objects.filter(
        kind=row.kind, level=row.level, region=row.region_id, state__in=("published", "withdrawn")
    )
    row.version = (versions.aggregate(last=Max("version"))["last"] or 0) + 1
    row.state, row.published_at, row.published_name = "published", clock.now(), actor.name
    row.content_sha256 = digest_of(content_of(row))
    row.save()
    record(
        actor,
        "publish_criteria_set",
        row,
        f"确认发布《{row.title}》{row.version_label}，自 {row.effective_from} 起施行",
        data={
            "version": row.version,
            "effective_from": row.effective_from,
            "content_sha256": row.content_sha256,
            "proposed_by": row.proposed_by_id,
            **({"replaces": before.key} if before else {}),
        },
    )
    tell_of_publication(row, before)
    return row


@transaction.atomic
def withdraw_criteria_set(*, actor: Actor, key: str, on: date, reason: str) -> CriteriaSet:
    """Say that a published version is used for no new round from a day on.

    What was begun under it goes on under it.
    """
    row = _locked(actor, key)
    _not_yet(actor, row, "withdrawn", f"已由{row.withdrawn_name}撤回")
    require(may_withdraw(actor, row))
    reason = _words("reason", reason)
    if not reason:
        raise ValidationError({"reason": "请写明撤回的原因和依据。"})
    begun = row.published_at
    if begun is not None and on < timezone.localdate(begun):
        raise ValidationError({"on": f"撤回日期不能早于发布日期（{cn_date(begun)}），请重新填写。"})
    row.state, row.withdrawn_at, row.withdrawn_on = "withdrawn", clock.now(), on
    row.withdrawn_name, row.withdrawal_reason = actor.name, reason
    row.save()
    record(
        actor,
        "withdraw_criteria_set",
        row,
        f"撤回《{row.title}》{row.version_label}，自 {on} 起",
        data={"on": on, "reason": reason},
    )
    tell_of_withdrawal(row)
    return row


# --- what has to be there, and when --------------------------------------------------------------


def what_is_missing(row: CriteriaSet) -> list[str]:
    """What a set must say before it can be law, in words; empty when nothing is missing."""
    found = [
        f"没有填写{label}，请在编制页面的基本信息中填写。"
        for label, value in (
            ("名称", row.title),
            ("依据文件的名称", row.document_title),
            ("依据文件的发文字号", row.document_number),
            ("施行日期", row.effective_from),
        )
        if not value
    ]
    findings = blocking(check_set(row))
    found += [f"{item.place}：{item.message}" for item in findings[:MOST_FINDINGS]]
    if len(findings) > MOST_FINDINGS:
        found.append(f"另有 {len(findings) - MOST_FINDINGS} 处须改正，请查看核对结果。")
    return found


def wrong_days(row: CriteriaSet, before: CriteriaSet | None) -> list[str]:
    """What is wrong with the days of a set that would replace ``before``."""
    start, former = row.effective_from, before.effective_from if before else None
    if before is None or start is None or former is None or start >= former:
        return []
    said = f"早于它所替代的{before.version_label}的施行日期（{cn_date(former)}）"
    return [f"施行日期（{cn_date(start)}）{said}。请核对文件，修改施行日期。"]


# --- locks ---------------------------------------------------------------------------------------


def _locked(actor: Actor, key: str) -> CriteriaSet:
    """The set, locked; CriteriaSet.DoesNotExist when the actor sees no such set."""
    rows = CriteriaSet.objects.visible_to(actor).select_for_update(of=("self",))
    return rows.select_related("region").get(key=key)


def _not_yet(actor: Actor, row: CriteriaSet, state: str, words: str) -> None:
    """Stale when the set is already in the state that the actor wants to bring it to."""
    own = actor.office is not None and actor.office.region_id == row.region_id
    if own and actor.can(Can.ENACT) and row.state == state:
        raise Stale(f"《{row.title}》{words}，无需重复办理。")


def _words(field: str, text: str) -> str:
    text = text.strip()
    if len(text) > LONGEST_WORDS:
        raise ValidationError(
            {field: f"不超过 {LONGEST_WORDS} 个字，现有 {len(text)} 个字，请精简。"}
        )
    return text
