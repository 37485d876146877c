"""会审意见汇总表: what the member units said of a case, for the step that follows."""

from __future__ import annotations

from criteria.queries import spec_of
from criteria.specs import SetSpec
from portal.core import clock
from portal.core.actor import Actor
from portal.core.documents.content import Attachment, DocumentContent
from portal.core.formatting import cn_date, iso_datetime
from reviews import queries
from reviews.consulting_queries import by_criterion, standing_of
from reviews.models import Case, UnitOpinion
from reviews.papers.parts import body, facts, heading, plain
from reviews.policies import Reading, reading_of
from reviews.tables.cases import facts as facts_of
from reviews.tables.consulting import (
    ROLES,
    VERDICTS,
    counts_text,
    criteria_of,
    remark_of,
    role_of,
    word_of,
)

HEADER = ("序号", "成员单位", "分工", "征求意见的条款", "意见", "具体意见", "答复人和时间")
WIDTHS = (6, 22, 9, 30, 14, 40, 20)
BY_CRITERION = ("条款", "成员单位", "分工", "意见", "具体意见")
CRITERION_WIDTHS = (30, 24, 9, 16, 50)


def find(actor: Actor, pk: int) -> Case | None:
    """A case whose opinions the actor may read: not for the town, units, experts or below."""
    case = queries.page_of(actor).filter(pk=pk).first()
    if case is None or reading_of(actor, case) != Reading.WHOLE:
        return None
    return case if _opinions(actor, case)[0] else None


def _opinions(actor: Actor, case: Case) -> tuple[list[UnitOpinion], bool]:
    """Those of the last consultation that the actor may read; whether it is still running."""
    runs = queries.runs_of(case)
    rows = queries.opinions_for(actor, case, runs)
    last = max((row.run_id for row in rows), default=0)
    live = any(run.pk == last and run.finished_at is None for run in runs)
    return [row for row in rows if row.run_id == last], live


def content(actor: Actor, case: Case) -> DocumentContent:
    """The counts, then each unit, then each criterion; two tables lying across."""
    spec = spec_of(case.application.criteria_set)
    opinions, live = _opinions(actor, case)
    rows = tuple(_row(number, row, spec, live) for number, row in enumerate(opinions, 1))
    points = tuple(
        (
            f"{criterion.clause} {criterion.title}".strip(),
            said.opinion.organ,
            ROLES.get(said.role, ""),
            VERDICTS.get(said.verdict) or word_of(said.opinion, live=live)[0],
            said.text,
        )
        for criterion, answers in by_criterion(spec, opinions)
        for said in sorted(answers, key=lambda row: row.role != "lead")
    )
    tables = [Attachment("各成员单位意见", HEADER, WIDTHS, rows, landscape=True)]
    if points:
        tables.append(
            Attachment("各条款意见", BY_CRITERION, CRITERION_WIDTHS, points, landscape=True)
        )
    waiting = [row.organ for row in opinions if standing_of(row, live=live) == "waiting"]
    silent = [row.organ for row in opinions if standing_of(row, live=live) == "silent"]
    paragraphs = [
        heading(1, "基本情况"),
        *facts(facts_of(case, masked=True)),
        heading(2, "征求意见情况"),
        body(counts_text(opinions)),
        *([body(f"逾期未答复的：{'、'.join(silent)}。")] if silent else []),
        *([body(f"尚未答复的：{'、'.join(waiting)}。")] if waiting else []),
        body(f"以上截至{cn_date(clock.today())}。逾期答复、维持原意见的在表中注明。"),
    ]
    return plain(
        f"{case.town_name}会审意见汇总表",
        case.office.name,
        clock.today(),
        paragraphs,
        attachments=tuple(tables),
    )


def _row(number: int, row: UnitOpinion, spec: SetSpec, live: bool) -> tuple[str, ...]:
    word, remark = word_of(row, live=live)[0], remark_of(row)
    return (
        str(number),
        row.organ,
        role_of(row),
        criteria_of(row, spec),
        f"{word}（{remark}）" if remark else word,
        row.text,
        f"{row.given_name} {iso_datetime(row.given_at)}" if row.given_at else "",
    )
