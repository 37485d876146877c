"""The table of plain papers: who sees what they are about, who may have them, what they say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from portal.core.actor import Actor
from portal.core.documents.content import DocumentContent
from portal.core.errors import ALLOWED, Verdict
from reviews.papers import (
    certificates,
    explanations,
    forms,
    meetings,
    opinions,
    receipts,
    summaries,
    visits,
)
from reviews.visit_policies import may_print_visit
from towns.policies import may_print_certificate


def _anybody(actor: Actor, row: Any) -> Verdict:
    return ALLOWED


class Paper(NamedTuple):
    """A kind of paper. ``find`` gives what it is about, as far as the actor sees it; ``page`` is
    the address where it belongs."""

    key: str
    label: str
    find: Callable[[Actor, int], Any]
    content: Callable[[Actor, Any], DocumentContent]
    page: str
    may: Callable[[Actor, Any], Verdict] = _anybody


PAPERS: dict[str, Paper] = {
    row.key: row
    for row in (
        Paper("receipt", "受理回执", receipts.find, receipts.content, "application-receipt"),
        Paper("explanation", "评定说明", explanations.find, explanations.content,
              "case-explanation"),
        Paper("meeting", "会议材料", meetings.find, meetings.content, "meeting"),
        Paper("opinions", "会审意见汇总表", opinions.find, opinions.content, "case"),
        Paper("summary", "推荐汇总表", summaries.find, summaries.content, "round",
              summaries.may_summarise),
        Paper("blank-form", "申报书空表", forms.find_round, forms.blank, "round"),
        Paper("application", "申报书", forms.find_application, forms.filled, "application"),
        Paper("visit", "现场核查记录", visits.find, visits.content, "visit", may_print_visit),
        Paper("certificate", "认定证书", certificates.find, certificates.certificate, "roster",
              may_print_certificate),
    )
}  # fmt: skip


def paper_of(key: str) -> Paper | None:
    """The kind of that key."""
    return PAPERS.get(key)
