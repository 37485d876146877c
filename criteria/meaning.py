"""What the result of one condition means, and what would have to change for it. Pure, no I/O."""

from __future__ import annotations

from decimal import Decimal

from criteria.assessment import Finding
from criteria.constants import DECISION_CHOICES, OPERATORS, Status
from criteria.joining import PASSED
from criteria.sentences import amount
from criteria.specs import RelaxationSpec
from criteria.wording import NO_NAMES, Catalogue, more, value_text
from portal.core.constants import UNSTATED

DECISIONS = {key: label for key, label in DECISION_CHOICES if key}


def meaning_of(finding: Finding, catalogue: Catalogue = NO_NAMES) -> str:
    """What the result means, in a sentence; empty when it is simply met."""
    relaxation, status = finding.spec.relaxation, finding.status
    if status == Status.MET:
        return ""
    if status == Status.MISSING:
        return _missing(finding, catalogue)
    if status == Status.RELAXED:
        quote = f"（原文：“{relaxation.quote}”）" if relaxation and relaxation.quote else ""
        return f"未达到标准，经研究同意放宽{quote}。"
    if status == Status.MAY_RELAX:
        # Only a condition with a relaxation comes to this.
        return f"未达到标准，可说明理由申请放宽。{relaxation_text(relaxation, finding.unit)}"
    if relaxation is not None:
        return _not_relaxable(finding, relaxation)
    if finding.overridable:
        return f"文件用语为“{finding.firmness}”，由审定环节决定是否认可。"
    if finding.distance == 0:
        return "文件规定的刚性条件，标准不含本数。"
    return "文件规定的刚性条件。"


def _missing(finding: Finding, catalogue: Catalogue) -> str:
    if not finding.lacking:
        return f"没有填报{finding.indicator_name}，缺数据不视为达到。"
    relaxation = finding.spec.relaxation
    grounds = relaxation.grounds if relaxation is not None else ()
    quotes = "".join(
        f"“{row.quote}”" for row in grounds if row.quote and row.indicator in finding.lacking
    )
    known = [catalogue[key].name for key in dict.fromkeys(finding.lacking) if key in catalogue]
    lacking = f"{'、'.join(known)}没有数据" if known else "所需数据没有填报"
    asked = f"放宽的条件{quotes}" if quotes else "放宽的条件"
    return f"未达到标准，能否申请放宽要看{asked}，{lacking}；缺数据不视为具备放宽条件。"


def relaxation_text(relaxation: RelaxationSpec | None, unit: str) -> str:
    """Floor, preconditions and who decides; what the document leaves open is said so."""
    if relaxation is None:
        return ""
    floor = UNSTATED if relaxation.floor is None else amount(relaxation.floor, unit)
    parts = [f"放宽下限：{floor}"]
    if relaxation.preconditions:
        parts.append(f"放宽的前提：“{relaxation.preconditions}”，由审定环节核对")
    parts.append(f"由谁决定：{DECISIONS.get(relaxation.decision, UNSTATED)}")
    return f"{'；'.join(parts)}。放宽须申请并经决定，不会自动适用。"


def _not_relaxable(finding: Finding, relaxation: RelaxationSpec) -> str:
    floor, value = relaxation.floor, finding.value
    if floor is not None and value is not None:
        sign = OPERATORS[finding.spec.operator].sign
        if (value > floor) if sign < 0 else (value < floor):
            side = "高于" if sign < 0 else "低于"
            return f"{side}放宽条件的下限 {amount(floor, finding.unit)}，不能申请放宽。"
    quotes = "".join(f"“{row.quote}”" for row in relaxation.grounds if row.quote)
    return f"不具备放宽所需的条件{quotes}，不能申请放宽。"


def change_of(finding: Finding, catalogue: Catalogue = NO_NAMES) -> str:
    """What would have to change for it to be met; empty when nothing has to."""
    spec = finding.spec
    if finding.status in PASSED:
        return ""
    if finding.value is None:
        year = f" {spec.year} 年" if spec.year else ""
        return f"{_where_to_fill(spec.indicator, spec.indicator_name, year, catalogue)}。"
    told = _figure_change(finding)
    if not finding.lacking:
        return f"{told}。"
    fill = "；".join(
        _where_to_fill(
            key, catalogue[key].name if key in catalogue else "放宽所需数据", "", catalogue
        )
        for key in dict.fromkeys(finding.lacking)
    )
    return f"{told}；要判断能否申请放宽，先补齐数据：{fill}。"


def _figure_change(finding: Finding) -> str:
    spec, name, away = finding.spec, finding.indicator_name, finding.distance
    sign = OPERATORS[spec.operator].sign
    if not sign:
        return f"{name}须为“{value_text(spec, spec.threshold)}”"
    if away is None or away == 0:
        return f"{name}须{OPERATORS[spec.operator].word} {amount(spec.threshold, spec.unit)}"
    verb = "再增加" if sign > 0 else "再减少"
    strict = "以上" if spec.operator in ("gt", "lt") else ""
    return f"{name}{verb} {short_text(finding)}{strict}即达到"


def short_text(finding: Finding) -> str:
    """How far an unmet value is from its threshold, with its unit."""
    away = abs(finding.distance or Decimal(0))
    return more(away, finding.unit, abs(finding.threshold))


def _where_to_fill(key: str, name: str, year: str, catalogue: Catalogue) -> str:
    known = catalogue.get(key)
    if known is not None and known.source == "computed":
        return f"在专业镇的企业、荣誉品牌、公共服务等台账中登记后，由平台计算{name}"
    return f"在专业镇“年度数据”中填报{year}{name}"
