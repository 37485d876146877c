"""Requests for information and the clock of a step in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from portal.core import clock
from portal.core.actor import Actor
from portal.core.calendar import late_words, working_days_between
from portal.core.formatting import cn_date, iso_date
from portal.core.names import knows_people_of
from portal.core.web import office_url
from reviews.models import Case, Inquiry
from reviews.term_policies import may_answer, may_take_back


def standing(inquiry: Inquiry) -> tuple[str, str]:
    """Word and tone of where a request stands."""
    if inquiry.answered_at is not None:
        return "已答复", "success"
    if inquiry.closed_at is not None:
        return "已收回", "neutral"
    if inquiry.due_on is not None and inquiry.due_on < clock.today():
        return "逾期未答复", "danger"
    return "待答复", "warning"


def inquiry_rows(rows: Iterable[Inquiry], case: Case, actor: Actor) -> list[dict[str, Any]]:
    """Each request with what the reader may do about it; people by name where that is theirs."""
    found = []
    for row in rows:
        word, tone = standing(row)
        row.case = case
        named = knows_people_of(actor, row.office)
        found.append(
            {
                "row": row,
                "word": word,
                "tone": tone,
                "asked_by": f"{row.organ} {row.asked_name}" if named else row.organ,
                "url": office_url(actor, "inquiry", case.pk, row.pk),
                "may_answer": may_answer(actor, row).ok,
                "close_url": office_url(actor, "inquiry-close", case.pk, row.pk)
                if may_take_back(actor, row).ok
                else "",
            }
        )
    return found


def term_words(case: Case) -> str:
    """The term of the open step: its end, and whether its clock stands still."""
    if case.state != "open" or case.due_on is None:
        return ""
    if case.paused_on is None:
        return f"办理期限 {cn_date(case.due_on)}"
    left = working_days_between(case.paused_on, case.due_on)
    late = case.due_on < case.paused_on
    kept = late_words(-left) if late else f"还剩 {left} 个工作日"
    stopped = f"自 {iso_date(case.paused_on)} 起停止计时，停止时{kept}"
    return f"办理期限 {cn_date(case.due_on)}；等待补充说明，{stopped}"
