"""申报书: the blank form of a round to be filled in by hand, and an application as it stands.

Fields, tables and clauses come from the tables that the pages use.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from criteria.categories import category_label
from criteria.indicator_queries import asked_of
from criteria.queries import spec_of
from criteria.specs import CriterionSpec
from portal.core import clock
from portal.core.actor import Actor
from portal.core.documents.content import DocumentContent, Paragraph
from portal.core.formatting import local, local_date
from reviews.papers.form_tables import (
    ENTITIES,
    HONOUR_LABELS,
    NOT_FILLED,
    PARTS,
    ROLES,
    Form,
    figures_table,
    functions_table,
    register_tables,
)
from reviews.papers.parts import body, facts, grouped, heading, plain, subheading
from towns.correcting import YEARS
from towns.declared import FACTS
from towns.figure_queries import asked_indicators
from towns.honours import HONOUR_KINDS, HONOUR_LEVELS, STANDARD
from towns.imports.enterprise_columns import LABELS
from towns.models import Application, EvidenceSlot, Round
from towns.queries import declaration_of
from towns.sections import FACTS_SECTION, INDUSTRY_SECTION

# What a line of writing is made of: as many as a line of text holds, after its indent.
RULE, FIRST_LINE, LINE = "＿", 26, 28
DRAFT_WORD = "草稿"
TOWN_LABELS = {
    "name": "专业镇名称",
    "county": "所在县（市、区）",
    "category": "类别",
    "industry": "主导产业",
    "products": "主导产品",
    "lead_bureau": "牵头部门",
}
INDUSTRY_LABEL = Application._meta.get_field("industry_text").verbose_name


def find_round(actor: Actor, pk: int) -> Round | None:
    """A round that the actor sees."""
    rows = Round.objects.visible_to(actor).select_related("office__region", "criteria_set")
    return rows.filter(pk=pk).first()


def find_application(actor: Actor, pk: int) -> Application | None:
    """An application that the actor sees."""
    rows = Application.objects.visible_to(actor).select_related(
        "town__county", "round__office__region", "criteria_set"
    )
    return rows.prefetch_related("answers", "relaxations").filter(pk=pk).first()


def blank(actor: Actor, call: Round) -> DocumentContent:
    """The form of a round with nothing filled in."""
    region = call.office.region
    if actor.office is not None and actor.office.region.code in region.scope:
        region = actor.office.region
    form = Form(call, asked_of("town", region), _slots(call), None)
    opening = [
        body("本表供线下填写、收集数据使用。填好后在平台录入，申报以平台提交的内容为准。"),
        body(
            "每一项填写的内容与平台页面一致：横线处手写，方框处打勾，"
            "文字较多的另附页；附表行数不够的，可以复印后接着填写。"
        ),
    ]
    return _paper(form, f"{_titled(call)}申报书（空表）", opening)


def filled(actor: Actor, application: Application) -> DocumentContent:
    """The same form with what was submitted, or as the draft stands now."""
    call, town = application.round, application.town
    declaration = declaration_of(application, actor)
    years = tuple(range(call.figures_year, call.figures_year - YEARS, -1))
    kept = {key for row in declaration.data["figures"].values() for key in row}
    indicators = asked_indicators(town, years, kept)
    form = Form(call, indicators, _slots(call), declaration.data)
    title = f"{town.name}{_titled(call)}申报书"
    if not declaration.frozen:
        moment = f"{local(clock.now()):%Y年%-m月%-d日 %H:%M}"
        made = body(
            f"{DRAFT_WORD}：{moment}由{actor.name}（{actor.post}）制作，尚未提交，只供核对。"
        )
        return _paper(form, f"{title}（{DRAFT_WORD}）", [made], draft=True)
    assert application.submitted_at is not None
    opening = facts(
        [
            {"label": "受理编号", "value": application.number},
            {
                "label": "提交",
                "value": f"{local(application.submitted_at):%Y年%-m月%-d日 %H:%M}，"
                f"{application.submitter}，第{application.revision}次提交",
            },
            {"label": "材料校验码（SHA-256）", "value": grouped(application.snapshot_sha256)},
        ]
    )
    return _paper(form, title, opening, day=local_date(application.submitted_at))


def _titled(call: Round) -> str:
    """The title of a round as it stands before 申报书."""
    return call.title.removesuffix("申报")


def _choices(form: Form) -> list[Paragraph]:
    """The words that may stand in the tables of a blank form."""
    if form.declared is not None:
        return []
    awards = [row.label for row in HONOUR_KINDS.values() if row.group != STANDARD]
    standards = [row.label for row in HONOUR_KINDS.values() if row.group == STANDARD]
    said = (
        (LABELS["entity"], ENTITIES.values()),
        (LABELS["role"], ROLES.values()),
        ("荣誉和品牌的种类", awards),
        ("标准的种类", standards),
        (HONOUR_LABELS["level"], HONOUR_LEVELS.values()),
        (f"{HONOUR_LABELS['part']}（标准）", PARTS.values()),
    )
    return [body(f"{label}填写：{'、'.join(words)}。") for label, words in said]


def _slots(call: Round) -> dict[str, list[EvidenceSlot]]:
    found: dict[str, list[EvidenceSlot]] = {}
    for row in EvidenceSlot.objects.filter(round=call):
        found.setdefault(row.criterion, []).append(row)
    return found


def _paper(
    form: Form, title: str, opening: Sequence[Paragraph], *, draft: bool = False, day: Any = None
) -> DocumentContent:
    call = form.call
    tables = [figures_table(form), functions_table(form), *register_tables(form)]
    numbers = {row.title.partition("　")[2]: f"附表{place}" for place, row in enumerate(tables, 1)}
    paragraphs = [
        *opening,
        *facts(
            [
                {"label": "申报批次", "value": call.title},
                {
                    "label": "认定标准",
                    "value": f"{call.criteria_set.title}（{call.criteria_set.document_number}）",
                },
                {"label": "数据年度", "value": f"{call.figures_year}年"},
                {
                    "label": "申报时间",
                    "value": f"{local(call.opening):%Y年%-m月%-d日}至"
                    f"{local(call.closing):%Y年%-m月%-d日 %H:%M}",
                },
                {"label": "受理机构", "value": call.office.name},
            ]
        ),
        heading(1, FACTS_SECTION.title),
        *_facts(form),
        heading(2, INDUSTRY_SECTION.title),
        body(f"{INDUSTRY_LABEL}："),
        *_text(form, "industry_text", 8),
        heading(3, "年度数据、公共服务功能、企业、荣誉和标准"),
        body("见" + "、".join(f"{number}“{name}”" for name, number in numbers.items()) + "。"),
        *_choices(form),
        heading(4, "认定条件"),
    ]
    for number, criterion in enumerate(spec_of(call.criteria_set).criteria, 1):
        paragraphs += _criterion(form, number, criterion)
    paragraphs += [heading(5, "申报请示"), *_request(form), heading(6, "承诺"), *_promises(form)]
    made = plain(
        title,
        call.office.name,
        day or clock.today(),
        paragraphs,
        attachments=tuple(tables),
        signed=False,
    )
    # Every page says so, whoever finds it alone.
    return replace(made, draft=True, draft_word=DRAFT_WORD) if draft else made


def _ruled(lines: int) -> Paragraph:
    """So many lines to write on."""
    return body(RULE * (FIRST_LINE + LINE * (lines - 1)))


def _said(text: str) -> list[Paragraph]:
    """A text as it was typed, paragraph by paragraph."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return [body(line) for line in lines] or [body(NOT_FILLED)]


def _line(form: Form, label: str, value: str) -> Paragraph:
    """One answer of a line."""
    if form.declared is None:
        return body(f"{label}：{RULE * max(6, FIRST_LINE - 2 - len(label))}")
    return body(f"{label}：{value or NOT_FILLED}")


def _text(form: Form, path: str, lines: int) -> list[Paragraph]:
    if form.declared is None:
        return [_ruled(lines)]
    return _said(form.declared.get(path) or "")


def _facts(form: Form) -> list[Paragraph]:
    town = dict((form.declared or {}).get("town", {}))
    if town:
        town["category"] = category_label(town["category"])
    found = [_line(form, label, town.get(key, "")) for key, label in TOWN_LABELS.items()]
    for path, label in FACTS.items():
        if path == "summary":
            found += [body(f"{label}："), *_text(form, path, 8)]
        else:
            found.append(_line(form, label, (form.declared or {}).get(path, "")))
    return found


def _criterion(form: Form, number: int, criterion: CriterionSpec) -> list[Paragraph]:
    """A criterion: its clause word for word, the statement, relaxations, evidence."""
    declared = form.declared
    found = [
        subheading(number, criterion.title),
        body(f"条款原文（{criterion.clause}）：{criterion.text}"),
    ]
    found.append(body("情况说明："))
    if declared is None:
        found.append(_ruled(3 if criterion.nature == "figures" else 8))
    else:
        found += _said(declared["answers"].get(criterion.key, ""))
    for item in criterion.conditions:
        if item.relaxation is None:
            continue
        label = f"申请放宽“{item.indicator_name}”的理由"
        if declared is None:
            found += [body(f"{label}（不申请的不填）："), _ruled(3)]
        elif reason := declared["relaxations"].get(item.key, ""):
            found += [body(f"{label}："), *_said(reason)]
    return found + _evidence(form, criterion.key)


def _evidence(form: Form, criterion: str) -> list[Paragraph]:
    asked = form.slots.get(criterion, [])
    found = []
    if form.declared is None:
        if not asked:
            return [body(f"佐证材料（本批次未列清单）：{RULE * 11}")]
        found.append(body("须附的佐证材料："))
        return found + [body(f"□ {place}.{_slot(row)}") for place, row in enumerate(asked, 1)]
    files = [row for row in form.declared["evidence"] if row["criterion"] == criterion]
    names = {row.key: row.title for row in asked}
    for row in files:
        slot = f"（{names[row['slot']]}）" if row.get("slot") in names else ""
        pages = f"，见第{row['pages']}页" if row.get("pages") else ""
        found.append(body(f"佐证材料：{row['title']}{slot}，文件“{row['name']}”{pages}"))
    given = {row.get("slot") for row in files}
    found += [body(f"尚未提供：{_slot(row)}") for row in asked if row.key not in given]
    return found or [body("佐证材料：无")]


def _slot(row: EvidenceSlot) -> str:
    """A kind of evidence with what is asked of it."""
    said = [
        row.asked,
        row.period,
        f"不超过 {row.pages_max} 页" if row.pages_max else "",
        "必须提供" if row.required else "",
    ]
    more = "；".join(text.rstrip("。；") for text in said if text)
    return f"{row.title}（{more}）" if more else row.title


def _request(form: Form) -> list[Paragraph]:
    if form.declared is None:
        return [
            body("本级人民政府（或者其授权机构）申报请示的盖章件扫描后上传。"),
            _line(form, "请示文号", ""),
        ]
    request = form.declared.get("request")
    if not request:
        return [body(NOT_FILLED)]
    return [body(f"请示文号：{request['number'] or NOT_FILLED}，扫描件“{request['name']}”")]


def _promises(form: Form) -> list[Paragraph]:
    if form.declared is None:
        rows = [body(f"□ {text}") for text in form.call.commitment_texts]
    else:
        made = {row["text"]: row for row in form.declared.get("commitments") or []}
        rows = []
        for text in made or form.call.commitment_texts:
            by = made.get(text)
            mark = f"（{by['name']}已承诺）" if by else "（尚未承诺）"
            rows.append(body(f"{text}{mark}"))
    return [
        *rows,
        body(f"填报人（签字）：{RULE * 4}　提交人（签字）：{RULE * 4}"),
        body(f"申报单位（公章）：{RULE * 8}"),
        body(f"{RULE * 4}年{RULE * 2}月{RULE * 2}日"),
    ]
