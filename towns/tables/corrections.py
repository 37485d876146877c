"""What may be asked for and what was asked for (退回补正), by section, in words. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils import timezone

from portal.core import clock
from portal.core.calendar import late_words, working_days_between
from portal.core.constants import UNSTATED
from portal.core.formatting import cn_date, iso_datetime
from towns.correcting import Answered, Ask, is_overdue
from towns.declared import Declared, Field, read
from towns.models import Correction
from towns.tables.changes import Measured, corrected, words

Item = dict[str, Any]
LONGEST = 120
FEW = 3
MEASURES = {"enterprises": "家", "honours": "项", "standards": "项", "evidence": "份"}
UNCHANGED = "未改动"


def present(path: str, value: Any, measured: Mapping[str, Measured]) -> str:
    """A declared value in one short line: the number of rows and the first ones, a text's start."""
    head = path.partition(".")[0]
    if head in MEASURES:
        rows = list(value or [])
        if not rows:
            return "没有"
        names = [str(row.get("name" if head == "enterprises" else "title", "")) for row in rows]
        more = "等" if len(names) > FEW else ""
        return f"{len(rows)} {MEASURES[head]}：{'、'.join(names[:FEW])}{more}"
    text = " ".join(words(path, value, measured).split())
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def declared_sections(
    fields: Iterable[Field],
    titles: Mapping[str, str],
    declared: Declared,
    measured: Mapping[str, Measured],
) -> list[Item]:
    """Every field that may be named, by section: { key, title, rows of { path, label, value } }."""
    found: dict[str, list[Item]] = {}
    for field in fields:
        row = {
            "path": field.path,
            "label": field.label.removeprefix(f"{titles.get(field.section, '')}："),
            "value": present(field.path, read(declared, field.path), measured),
        }
        found.setdefault(field.section, []).append(row)
    return [
        {"key": key, "title": titles.get(key, key), "rows": rows} for key, rows in found.items()
    ]


def term_words(correction: Correction) -> str:
    """Until when the correction is awaited, or that it came late."""
    if correction.due_on is None:
        return f"补正期限{UNSTATED}，退回时没有设定"
    term = f"{cn_date(correction.due_on)}（{correction.days} 个工作日）"
    if correction.resolved_at is not None:
        return f"{term}，逾期补正" if is_overdue(correction) else term
    left = working_days_between(clock.today(), correction.due_on)
    if correction.due_on < clock.today():
        return f"{term}，{late_words(-left)}"
    today = correction.due_on == clock.today()
    return f"{term}，今天到期" if today else f"{term}，还剩 {left} 个工作日"


def ask_title(ask: Ask) -> str:
    """第 2 次补正."""
    return f"第 {ask.ordinal} 次补正"


def ask_tag(ask: Ask) -> tuple[str, str]:
    """How a round stands, in a word and its tone."""
    if ask.answer is not None:
        return ("逾期补正", "warning") if ask.overdue else ("已补正", "success")
    if ask.withdrawn:
        return "已撤回", "neutral"
    return ("补正逾期", "danger") if ask.overdue else ("待补正", "warning")


def ask_facts(ask: Ask, step: str = "") -> list[Item]:
    """Who asked, when, until when, and when it was answered."""
    correction = ask.correction
    office = correction.office_name or correction.office.name
    rows = [
        {"label": "退回机构", "value": f"{office}（{step}）" if step else office},
        {"label": "退回时间", "value": iso_datetime(correction.asked_at)},
        {"label": "补正期限", "value": term_words(correction)},
    ]
    if ask.answer is not None:
        moment = timezone.localtime(ask.answer.submitted_at)
        rows.append(
            {
                "label": "重新提交",
                "value": f"{iso_datetime(moment)}（第 {ask.answer.revision} 次提交）",
            }
        )
    rows.append({"label": "补正意见", "value": correction.opinion})
    return rows


def asked_rows(ask: Ask, fields: Sequence[Field], measured: Mapping[str, Measured]) -> list[Item]:
    """What was asked for in the order of the task list, with old and new beside each other.

    ``changed`` is None where nothing differs: ``value`` then says how it stands.
    """
    order = {field.path: (n, field) for n, field in enumerate(fields)}
    last = len(order)

    def place(row: Answered) -> int:
        return order[row.item.path][0] if row.item.path in order else last

    known = {row.key: row for row in measured.values()}
    rows = []
    for row in sorted(ask.rows, key=place):
        path = row.item.path
        field = Field(path, row.item.label, order[path][1].section if path in order else "")
        changed = None
        if ask.answer is not None:
            found = corrected(ask.before, ask.answer.snapshot, [field], known.values())
            changed = found[0] if found else None
        rows.append(
            {
                "path": path,
                "label": row.item.label,
                "section": field.section,
                "reason": row.item.reason,
                "changed": changed,
                "value": present(path, row.before, known),
                "answered": ask.answer is not None,
            }
        )
    return rows


def ask_panel(
    ask: Ask, fields: Sequence[Field], measured: Mapping[str, Measured], step: str = ""
) -> Item:
    """A round of return for ``towns/_correction.html``."""
    word, tone = ask_tag(ask)
    rows = asked_rows(ask, fields, measured)
    kept = sum(row["changed"] is None for row in rows)
    return {
        "title": ask_title(ask),
        "word": word,
        "tone": tone,
        "facts": ask_facts(ask, step),
        "rows": rows,
        "answered": ask.answer is not None,
        "count": len(rows),
        "kept": kept if ask.answer is not None else 0,
    }
