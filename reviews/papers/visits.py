"""现场核查记录: a visit with its findings, to be signed by those who made it."""

from __future__ import annotations

from criteria.queries import spec_of
from portal.core.actor import Actor
from portal.core.documents.content import DocumentContent
from portal.core.formatting import cn_date
from reviews.models import Visit
from reviews.papers.parts import body, facts, heading, plain, subheading
from reviews.tables.visits import finding_rows

UNSIGNED = "核查人员签字：　　　　　　　　　　　　陪同人员签字："


def find(actor: Actor, pk: int) -> Visit | None:
    """A visit that the actor sees."""
    rows = Visit.objects.visible_to(actor).select_related(
        "office", "run", "case__application__criteria_set", "case__round"
    )
    return rows.filter(pk=pk).first()


def content(actor: Actor, visit: Visit) -> DocumentContent:
    """When, where, who; what was found clause by clause; the whole; room for signatures."""
    case = visit.case
    paragraphs = [
        heading(1, "基本情况"),
        *facts(
            [
                {"label": "专业镇", "value": f"{case.town_name}（{case.county_name}）"},
                {"label": "办件编号", "value": case.number},
                {"label": "申报批次", "value": case.round.title},
                {"label": "核查环节", "value": visit.run.get_step_display()},
                {"label": "核查日期", "value": cn_date(visit.held_on)},
                {"label": "核查地点", "value": visit.place},
                {"label": "核查人员", "value": "、".join(visit.people.split("\n"))},
                {"label": "现场陪同人员", "value": "、".join(visit.met.split("\n"))},
            ]
        ),
        heading(2, "逐条核查情况"),
    ]
    rows = finding_rows(visit, spec_of(case.application.criteria_set).criteria)
    for number, row in enumerate(rows, 1):
        paragraphs.append(subheading(number, f"{row['clause']}{row['title']}", row["word"]))
        if row["text"]:
            paragraphs.append(body(row["text"]))
    if not rows:
        paragraphs.append(body("没有逐条登记核查结论。"))
    paragraphs += [heading(3, "总体情况"), *map(body, visit.summary.splitlines())]
    photos = visit.photos.count()
    if photos:
        paragraphs.append(body(f"现场照片 {photos} 张，原件存于平台。"))
    paragraphs.append(body(UNSIGNED))
    organ = visit.office_name or visit.office.name
    return plain(f"{case.town_name}现场核查记录", organ, visit.held_on, paragraphs)
