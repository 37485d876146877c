"""Words of an assessment while the application is still filled. Pure; changes no verdict.

A criterion that lacks only its statement (情况说明) lacks no data: it is yet to be written.
"""

from __future__ import annotations

from collections.abc import Iterable

from criteria.assessment import CriterionVerdict
from criteria.constants import STATUSES, Outcome, Status
from criteria.explaining import Explanation
from criteria.joining import only_statement_missing

TO_WRITE = "待填写情况说明"
TO_WRITE_TONE = "neutral"


def word_of(verdict: CriterionVerdict) -> tuple[str, str]:
    """The result of a criterion in a word, and its tone."""
    if only_statement_missing(verdict):
        return TO_WRITE, TO_WRITE_TONE
    row = STATUSES[verdict.status]
    return row.label, row.tone


def counted_words(verdicts: Iterable[CriterionVerdict]) -> str:
    """达到 1 条，待填写情况说明 7 条; what is worst comes last."""
    rows = sorted(verdicts, key=lambda row: STATUSES[row.status].weight)
    words = [word_of(row)[0] for row in rows]
    return "，".join(f"{word} {words.count(word)} 条" for word in dict.fromkeys(words))


def as_draft(explanation: Explanation) -> Explanation:
    """An explanation in these words; what it comes to says so where nothing but that is missing."""
    rows = [row.verdict for row in explanation.criteria]
    if not any(map(only_statement_missing, rows)):
        return explanation
    criteria = tuple(
        row._replace(word=word_of(row.verdict)[0], tone=word_of(row.verdict)[1])
        for row in explanation.criteria
    )
    outcome, headline = explanation.outcome, explanation.headline
    missing = [row for row in rows if row.status == Status.MISSING]
    if outcome.key == Outcome.MISSING and all(map(only_statement_missing, missing)):
        outcome = outcome._replace(label=TO_WRITE, tone=TO_WRITE_TONE)
    if outcome.key != Outcome.NOT_COVERED:
        headline = f"共 {len(rows)} 条：{counted_words(rows)}。总体：{outcome.label}。"
    return explanation._replace(criteria=criteria, outcome=outcome, headline=headline)
