"""推荐汇总表: the towns that an office recommended, or that stand at it, in one round."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db.models import F, Q

from criteria.assessment import CriterionVerdict, Finding
from criteria.queries import spec_of
from criteria.stored import from_json
from criteria.wording import value_text
from portal.core import clock
from portal.core.actor import Actor, acting_office
from portal.core.documents.content import Attachment, DocumentContent
from portal.core.errors import ALLOWED, Verdict, refuse
from reviews.models import Case, StepRun
from reviews.papers.parts import body, plain
from towns.models import AssessmentRecord, Round

MOST = 500
FIGURES = 4
FIRST = ("序号", "专业镇名称", "所在县（市、区）", "类别", "主导产业")
LAST = ("标准评定", "办理情况")
Verdicts = tuple[CriterionVerdict, ...]


def find(actor: Actor, pk: int) -> Round | None:
    """A round that the actor sees."""
    rows = Round.objects.visible_to(actor).select_related("office__region", "criteria_set")
    return rows.filter(pk=pk).first()


def may_summarise(actor: Actor, call: Round) -> Verdict:
    """Leading-group offices, each of what it recommended or handles."""
    if actor.scope is None or actor.level is None or actor.office is None:
        return refuse("推荐汇总表由领导小组办公室制作。")
    return ALLOWED


def content(actor: Actor, call: Round) -> DocumentContent:
    """The towns with their figures, as a table lying across."""
    office = acting_office(actor)
    recommended = StepRun.objects.filter(
        office=office, outcome="recommend", voided=False, case__round=call
    ).values("case_id")
    cases = list(
        Case.objects.visible_to(actor)
        .filter(Q(pk__in=recommended) | Q(office=office, state="open"), round=call)
        .exclude(outcome="withdrawn")
        .select_related("application__town")
        .defer("application__snapshot")
        .order_by("scope_code", "pk")[:MOST]
    )
    if not cases:
        raise ValidationError("本办公室在该批次还没有推荐的或者正在办理的专业镇，没有可以汇总的。")
    sent = set(recommended.values_list("case_id", flat=True))
    spec = spec_of(call.criteria_set)
    records = {
        row.application_id: row
        for row in AssessmentRecord.objects.filter(
            application__case__in=cases, criteria_set=F("application__criteria_set")
        )
    }
    verdicts = {key: from_json(spec, row.verdicts) for key, row in records.items()}
    columns = _columns(list(verdicts.values()))
    rows = tuple(
        (
            str(number),
            case.town_name,
            case.county_name,
            case.get_category_display(),
            case.application.town.industry,
            *_figures(verdicts.get(case.application_id, ()), columns),
            _assessed(records.get(case.application_id)),
            _standing(case, case.pk in sent),
        )
        for number, case in enumerate(cases, 1)
    )
    header = (*FIRST, *columns.values(), *LAST)
    widths = (7.0, 28.0, 16.0, 15.0, 15.0, *(15.0,) * len(columns), 20.0, 16.0)
    here = len(cases) - len(sent)
    told = [f"推荐 {len(sent)} 个"] if sent else []
    told += [f"正在办理 {here} 个"] if here else []
    name = call.title
    return plain(
        f"{name}推荐汇总表",
        office.name,
        clock.today(),
        [
            body(
                f"在“{name}”中，{office.name}{'，'.join(told)}，共 {len(cases)} 个专业镇"
                f"（汇总表附后）。数据为{call.figures_year}年度申报数据，评定为申报时按认定标准"
                f"“{call.criteria_set.title}”对照的结果。"
            )
        ],
        attachments=(Attachment(f"{name}推荐汇总表", header, widths, rows, landscape=True),),
    )


def _numeric(finding: Finding) -> bool:
    spec = finding.spec
    return spec.type != "yes_no" and not spec.choices


def _columns(assessed: list[Verdicts]) -> dict[str, str]:
    """The first numeric indicators of the criteria, with the names they go by."""
    found: dict[str, str] = {}
    for verdicts in assessed:
        for verdict in verdicts:
            for row in verdict.findings:
                if _numeric(row) and len(found) < FIGURES:
                    found.setdefault(row.indicator, row.indicator_name)
    return found


def _figures(verdicts: Verdicts, columns: dict[str, str]) -> list[str]:
    told = {
        row.indicator: value_text(row.spec, row.value)
        for verdict in verdicts
        for row in verdict.findings
        if row.value is not None
    }
    return [told.get(key, "未填报") for key in columns]


def _assessed(record: AssessmentRecord | None) -> str:
    if record is None:
        return "尚无评定结果"
    return f"达到 {record.met} 条，未达到、缺数据 {record.not_met} 条"


def _standing(case: Case, sent: bool) -> str:
    if not sent:
        return case.status_label
    return "已推荐" if case.state == "open" else f"已推荐，{case.status_label}"
