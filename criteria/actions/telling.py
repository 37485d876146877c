"""What offices are told of a criteria set: proposals, publications, withdrawals."""

from __future__ import annotations

from criteria.concerned import leading_groups, units_concerned
from criteria.models import CriteriaSet
from portal.core.actions.notifications import tell
from portal.core.formatting import cn_date
from portal.core.models import Office

LONGEST_REASON = 160


def tell_of_proposal(criteria_set: CriteriaSet, office: Office, *, returned: bool) -> None:
    """Tell the office itself that a draft waits for a second person, or came back from one."""
    title = criteria_set.title
    if returned:
        tell(
            [office],
            kind="criteria-returned",
            key=f"criteria-returned:{criteria_set.pk}:{_moment(criteria_set)}",
            title=f"已退回修改：{title}",
            text=f"退回意见：{_short(criteria_set.return_reason)}。请修改后重新提请确认发布。",
            url_name="criteria-set",
            url_args=[criteria_set.key],
        )
        return
    tell(
        [office],
        kind="criteria-proposed",
        key=f"criteria-proposed:{criteria_set.pk}:{_moment(criteria_set)}",
        title=f"请确认发布：{title}",
        text=f"{criteria_set.proposed_name}提请确认发布。请由没有参与编制的另一位主任或副主任"
        "核对后确认发布，或写明意见退回修改。",
        url_name="criteria-set",
        url_args=[criteria_set.key],
    )


def tell_of_publication(criteria_set: CriteriaSet, before: CriteriaSet | None) -> None:
    """Tell the leading groups of the region, below and above it, and the filing units."""
    start = cn_date(criteria_set.effective_from)
    replaced = f"，替代{before.version_label}" if before else ""
    what = f"依据{_document(criteria_set)}，自{start}起施行{replaced}。"
    _tell_all(
        criteria_set,
        "published",
        f"已发布：{_name(criteria_set)}",
        offices=f"{what}施行后新设的批次按本版办理；已设立的批次和已开始的申报仍按原版本办理。"
        "请对照各条，核对辖区内正在培育和准备申报的专业镇。",
        units=f"{what}正在填报的申报仍按其批次所列的版本办理；以后申报的，请对照本版各条准备材料。",
    )


def tell_of_withdrawal(criteria_set: CriteriaSet) -> None:
    """Tell the same offices that a version is used for no new round."""
    reason = _short(criteria_set.withdrawal_reason)
    what = f"自{cn_date(criteria_set.withdrawn_on)}起不再用于新批次。原因：{reason}。"
    _tell_all(
        criteria_set,
        "withdrawn",
        f"已撤回：{_name(criteria_set)}",
        offices=f"{what}已按本版设立的批次、已开始的申报和已出的评定结果不变。"
        "尚未开始的批次请在设立时选择现行标准。",
        units=f"{what}正在填报的申报仍按其批次所列的版本办理，不必重新填报。",
    )


def _tell_all(
    criteria_set: CriteriaSet, event: str, title: str, *, offices: str, units: str
) -> None:
    leading = leading_groups(criteria_set.region)
    for told, text in ((leading, offices), (units_concerned(criteria_set), units)):
        tell(
            told,
            kind=f"criteria-{event}",
            key=f"criteria-{event}:{criteria_set.pk}",
            title=title,
            text=text,
            url_name="criteria-set",
            url_args=[criteria_set.key],
        )


def _name(criteria_set: CriteriaSet) -> str:
    return f"{criteria_set.title}（{criteria_set.version_label}）"


def _document(criteria_set: CriteriaSet) -> str:
    return f"{criteria_set.document_number}《{criteria_set.document_title}》"


def _moment(criteria_set: CriteriaSet) -> int:
    """Tells one proposal of a draft from the next."""
    return int(criteria_set.proposed_at.timestamp() * 1000) if criteria_set.proposed_at else 0


def _short(text: str) -> str:
    text = text.strip().rstrip("。；;")
    return text if len(text) <= LONGEST_REASON else f"{text[:LONGEST_REASON]}……"
