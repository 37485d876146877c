"""A criteria set to read: verbatim clauses, thresholds in words, what the document leaves open.

The public pages and the offices' pages show the same; only the layout and the links differ.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from criteria.constants import NATURE_CHOICES
from criteria.models import CriteriaSet
from criteria.policies import why_not_confirming
from criteria.queries import indicator_lines, leading_group_of, spec_of
from criteria.scoring import states_scoring
from criteria.sentences import (
    ALL_CATEGORIES,
    IndicatorLine,
    categories_words,
    criterion_sentences,
    ground_words,
    relaxation_sentence,
    requirement,
    scoring_sentence,
)
from criteria.specs import ConditionSpec, CriterionSpec
from criteria.standing import standings, versions_of
from criteria.tables.standing import (
    VERSION_COLUMNS,
    Address,
    published_words,
    remark,
    standing_note,
    version_rows,
)
from criteria.views.set_actions import set_actions
from portal.core.actor import PUBLIC, Actor
from portal.core.constants import UNSTATED
from portal.core.formatting import number, quantity
from portal.core.names import knows_people_of
from portal.core.web import OfficeView, PublicView

NUMBERING = 8  # characters at most that stand before the title of a clause: "（十二）", "第四条 "


def set_context(actor: Actor, key: str, address: Address) -> dict[str, Any]:
    """One set: how it stands, its document, its criteria, its silence, its versions."""
    found = get_object_or_404(
        CriteriaSet.objects.visible_to(actor).select_related("region"), key=key
    )
    spec = spec_of(found)
    names, lines = dict(spec.categories), indicator_lines(spec.indicators)
    versions = list(versions_of(actor, found))
    stands = standings([found, *versions])
    stand = stands[found.pk]
    return {
        "set": found,
        "standing": stand,
        "standing_note": standing_note(stand),
        "remark": remark(found, stand, address, why_not_confirming(actor, found)),
        "version_columns": VERSION_COLUMNS,
        "versions": version_rows(versions, stands, found, address) if len(versions) > 1 else [],
        "categories": [name for _, name in spec.categories],
        "facts": [
            {
                "label": "文件",
                "value": f"《{found.document_title}》" if found.document_title else "未载明",
            },
            {"label": "发文字号", "value": found.document_number},
            {"label": "种类", "value": f"{found.level_adjective}{found.kind_label}"},
            {
                "label": "版本",
                "value": found.version_label,
                "note": published_words(found, _who(actor, found)),
            },
            {"label": "条款", "value": found.scope_clause},
            {"label": "适用地区", "value": found.region.name},
            {"label": "印发日期", "value": found.issued_on},
            {
                "label": "施行日期",
                "value": found.effective_from or "未载明",
                "note": "文件未载明，按印发日期计"
                if "施行日期" in found.silent
                and found.effective_from is not None
                and found.effective_from == found.issued_on
                else "",
            },
            {"label": "失效日期", "value": found.effective_to or "未载明"},
            {"label": "类别", "value": "、".join(names.values()) or _no_categories(found)},
            *_rules(found, states_scoring(spec)),
        ],
        "criteria": [
            _criterion(row, names, lines, found, states_scoring(spec)) for row in spec.criteria
        ],
        "tiers": [{**tier, "shown": quantity(tier["amount"], "元")} for tier in found.tiers],
    }


def _who(actor: Actor, found: CriteriaSet) -> str:
    """The person who confirmed a version, or the office alone for those who learn no names."""
    office = leading_group_of(found) if found.is_fixed and found.published_name else None
    if office is None:
        return ""
    return found.published_name if knows_people_of(actor, office) else office.name


def _no_categories(found: CriteriaSet) -> str:
    return UNSTATED if "类别" in found.silent else "不分类别"


def _rules(found: CriteriaSet, scored: bool) -> list[dict[str, Any]]:
    """How points are summed up and when a town passes, where the set is scored or states a rule."""
    if not (scored or found.pass_rule):
        return []
    points = found.pass_points
    return [
        {"label": "合格规则", "value": found.get_pass_rule_display()},
        {"label": "合格线", "value": f"{number(points)} 分" if points is not None else UNSTATED},
        {
            "label": "得分保留小数位",
            "value": UNSTATED if found.digits is None else f"{found.digits} 位，四舍五入",
        },
    ]


def _criterion(
    row: CriterionSpec,
    names: dict[str, str],
    lines: dict[str, IndicatorLine],
    found: CriteriaSet,
    scored: bool,
) -> dict[str, Any]:
    return {
        "key": row.key,
        "ordinal": row.ordinal,
        # Most clauses begin with their title, "(四)产业集聚度高。"; it is not printed twice.
        "title": "" if row.title in row.text[: len(row.title) + NUMBERING] else row.title,
        "ask": row.ask,
        # Said for every criterion as soon as one of them is scored.
        "scoring": scoring_sentence(row.scoring, names, lines) if scored else "",
        "banded": row.scoring.mode == "bands" and bool(row.scoring.bands),
        "table_label": f"第 {row.ordinal} 条：数值条件",
        "nature": dict(NATURE_CHOICES)[row.nature],
        "clause": {
            "text": row.text,
            "document_number": found.document_number,
            "clause_number": row.clause,
        },
        "conditions": [_condition(item, names, lines) for item in row.conditions],
        # Only where it is not simply all of them that count.
        "joined": criterion_sentences(row._replace(priorities=()), names, lines)
        if row.groups or row.joining == "any"
        else [],
        "priorities": [
            {"quote": item.quote, "words": ground_words(item, lines)} for item in row.priorities
        ],
    }


def _condition(
    item: ConditionSpec, names: dict[str, str], lines: dict[str, IndicatorLine]
) -> dict[str, Any]:
    return {
        "indicator": item.indicator_name,
        "words": requirement(item),
        "year": item.year,
        "categories": categories_words(item.categories, names) or ALL_CATEGORIES,
        "quote": item.quote,
        "relaxation": relaxation_sentence(item.relaxation, item, lines)
        if item.relaxation is not None
        else "",
    }


class CriteriaSetView(OfficeView):
    """One set, inside an office's workspace."""

    def get(self, request: HttpRequest, key: str) -> HttpResponse:
        """The set."""
        context = set_context(self.actor, key, lambda other: self.url("criteria-set", other))
        crumbs = [
            ("工作台", self.url("workspace")),
            ("认定标准", self.url("criteria")),
            (context["set"].title, None),
        ]
        actions = set_actions(self.actor, context["set"])
        return self.page(
            "criteria/set.html",
            {
                **context,
                "layout": "base.html",
                "breadcrumbs": crumbs,
                "actions": actions,
                "has_tools": any(row["tone"] == "quiet" for row in actions),
            },
        )


class PublicCriteriaView(PublicView):
    """One published set for everybody."""

    def get(self, request: HttpRequest, key: str) -> HttpResponse:
        """The set."""
        context = set_context(PUBLIC, key, lambda other: reverse("public-criteria", args=[other]))
        crumbs = [("认定标准", reverse("public-criteria-list")), (context["set"].title, None)]
        tools = (
            ("与其他标准比较", "public-criteria-compare"),
            ("导出 JSON", "public-criteria-export"),
        )
        actions = [
            {"text": text, "url": reverse(name, args=[key]), "tone": "quiet"}
            for text, name in tools
        ]
        if context["standing"].in_force:
            check = f"{reverse('self-check')}?set={key}"
            actions.append({"text": "自测", "url": check, "tone": "secondary"})
        return self.page(
            "criteria/set.html",
            {
                **context,
                "layout": "public/base.html",
                "breadcrumbs": crumbs,
                "actions": actions,
                "has_tools": True,
            },
        )
