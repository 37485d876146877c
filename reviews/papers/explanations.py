"""评定说明: the assessment of a case as submitted, in the words of its page."""

from __future__ import annotations

from criteria.queries import spec_of
from criteria.stored import from_json
from criteria.tables.explained import cards, explained, summary
from portal.core.actor import Actor
from portal.core.documents.content import Attachment, DocumentContent, Paragraph
from portal.core.formatting import local_date
from reviews import queries
from reviews.consulting_queries import asked_of
from reviews.models import Case
from reviews.papers.parts import body, facts, grouped, heading, plain
from towns.tables.explaining import facts as facts_of
from towns.tables.filing import declared_values

HEADER = ("条款", "指标", "申报数据", "标准", "差距", "结果")
WIDTHS = (22, 24, 24, 26, 22, 12)


def find(actor: Actor, pk: int) -> Case | None:
    """A case that the actor sees: offices, its town, experts and units it was given to."""
    return queries.page_of(actor).filter(pk=pk).first()


def content(actor: Actor, case: Case) -> DocumentContent:
    """Basic facts, the outcome, each criterion; the figures as a table lying across."""
    application, record = case.application, queries.assessment_of(case)
    spec, asked = spec_of(application.criteria_set), asked_of(actor, case)
    verdicts = [
        row
        for row in (from_json(spec, record.verdicts) if record else ())
        if asked is None or row.key in asked
    ]
    data = application.snapshot
    told = explained(
        application.criteria_set, verdicts, application.category, declared_values(data)
    )
    found = summary(told)
    items = [
        {**row, "value": grouped(str(row["value"]))} if row["label"].endswith("摘要值") else row
        for row in facts_of(application, data, record, case.number)
    ]
    paragraphs = [
        heading(1, "基本情况"),
        *facts(items),
        heading(2, "总体情况"),
        body(found["headline"]),
        *(body(text) for text in (*found["near"], *found["to_do"])),
        *([body(found["near_note"])] if found["near"] else []),
        body(found["note"]),
        heading(3, "逐条说明"),
    ]
    rows: list[tuple[str, ...]] = []
    for row in cards(told, application.criteria_set):
        name = f"{row['number']} {row['title']}".strip()
        paragraphs += _criterion(name, row["word"], [*row["sentences"], *row["changes"]])
        rows += [
            (name, line["label"], _valued(line), line["threshold"], line["distance"], line["word"])
            for line in row["figures"]
        ]
    if not verdicts:
        paragraphs.append(body("没有评定结果。"))
    table = Attachment("申报数据与认定标准对照表", HEADER, WIDTHS, tuple(rows), landscape=True)
    day = local_date(record.computed_at if record else case.opened_at)
    return plain(
        f"{case.town_name}申报评定说明",
        case.round.office.name,
        day,
        paragraphs,
        attachments=(table,) if rows else (),
        signed=False,
    )


def _criterion(name: str, word: str, sentences: list[str]) -> list[Paragraph]:
    return [Paragraph("heading2", f"{name}：{word}。"), *(body(text) for text in sentences)]


def _valued(line: dict[str, str]) -> str:
    return f"{line['text']}（{line['source']}）" if line["source"] else line["text"]
