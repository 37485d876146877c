"""What an application still lacks before it is handed over, and what merely waits or is empty."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from criteria.queries import spec_of
from towns.constants import PHONE, PHONE_WRONG
from towns.correcting import unlocked_paths
from towns.declared import FACTS, Declared, criterion_section
from towns.evidence_index import AskedFor
from towns.evidence_queries import empty_slots
from towns.figure_queries import asked_indicators
from towns.models import Application, DraftField
from towns.sections import find_section, waiting_sections, working


class Gap(NamedTuple):
    """Something that is missing: the section and the field it belongs to, and what to do.

    ``key``: the field of the application or the criterion; ``path``: its field of the declaration.
    """

    section: str
    key: str
    path: str
    text: str


def request_of(application: Application) -> dict[str, Any] | None:
    """The stamped request as plain data; None while there is none."""
    file = application.request_file
    if file is None:
        return None
    return {
        "id": file.pk,
        "number": application.request_number,
        "name": file.name,
        "size": file.size,
        "pages": file.pages,
        "sha256": file.sha256,
    }


def open_commitments(application: Application) -> list[str]:
    """The sentences of the round that are not promised yet for the next submission.

    A promise is made for one submission: after a return it is asked again.
    """
    coming = application.revision + 1
    given = {row["text"] for row in application.commitments if row.get("revision") == coming}
    return [text for text in application.round.commitment_texts if text not in given]


class Waiting(NamedTuple):
    """A field of a register's section that was typed and not saved, by whom and when."""

    section: str
    title: str
    label: str
    text: str
    who: str
    when: datetime | None


def waiting_of(application: Application) -> list[Waiting]:
    """What was typed into sections of registers and waits to be saved; on trial nothing does."""
    if application.trial:
        return []
    rows = DraftField.objects.filter(application=application, section__in=waiting_sections())
    found: list[Waiting] = []
    for key in sorted(set(rows.values_list("section", flat=True))):
        section = find_section(application, key)
        if section is None:
            continue
        labels = section.labels(application)
        found += [
            Waiting(key, section.title, labels[name], row.text, row.who, row.when)
            for name, row in working(application, section).items()
            if row.waiting
        ]
    return found


# What may be empty, but only on purpose: the section, what is empty, what it means to hand it over.
EMPTY_PARTS: Mapping[str, tuple[str, str]] = {
    "enterprises": (
        "企业名单没有登记一家企业",
        "确认没有可以登记的企业，按 0 家判定有关条件",
    ),
    "functions": (
        "公共服务的八项功能一项也没有填写",
        "确认不填公共服务功能，按具备 0 项判定有关条件",
    ),
}


class Blank(NamedTuple):
    """A part that is wholly empty; ``meaning``: what whoever hands it over confirms."""

    section: str
    text: str
    meaning: str


def blank_parts(application: Application, data: Declared) -> list[Blank]:
    """Parts that are wholly empty and that handing over asks to be confirmed as such.

    What a return has not unlocked is not asked about again.
    """
    unlocked = unlocked_paths(application)
    return [
        Blank(key, text, meaning)
        for key, (text, meaning) in EMPTY_PARTS.items()
        if not data.get(key)
        and (unlocked is None or any(path.split(".")[0] == key for path in unlocked))
    ]


def gaps_of(
    application: Application,
    data: Declared,
    waiting: Iterable[Waiting] | None = None,
    empty: Iterable[AskedFor] | None = None,
) -> list[Gap]:
    """What has to be filled before handing over, in the order of the task list.

    What a return has not unlocked cannot be filled now and is not asked for. ``data``: what is
    declared now. ``waiting`` and ``empty``: what ``waiting_of`` and ``empty_slots`` found, where
    that was read already.
    """
    slots = empty_slots(application) if empty is None else empty
    rows = [
        *_facts(application),
        *_figures(application, data),
        *_answers(application),
        *_evidence(application, slots),
    ]
    if application.request_file_id is None:
        rows.append(Gap("request", "request", "request", "上传加盖公章的申报请示，填写文号。"))
    unlocked = unlocked_paths(application)
    years = {
        ".".join(path.split(".")[:2]) for path in unlocked or () if path.startswith("figures.")
    }
    found = [
        row
        for row in rows
        if unlocked is None or row.path in unlocked or (row.key == "figures" and row.path in years)
    ]
    found += _unsaved(waiting_of(application) if waiting is None else waiting)
    left = len(open_commitments(application))
    if left:
        found.append(
            Gap("commitments", "commitments", "commitments", f"阅读并作出承诺（还有 {left} 条）。")
        )
    return found


def _unsaved(waiting: Iterable[Waiting]) -> list[Gap]:
    """One line for each section in which something waits: handing over would leave it behind."""
    counted = Counter((row.section, row.title) for row in waiting)
    return [
        Gap(key, key, key, f"“{title}”有 {count} 项填写后没有保存，请打开后保存，或者按台账刷新。")
        for (key, title), count in counted.items()
    ]


def _facts(application: Application) -> list[Gap]:
    values: Mapping[str, str] = {name: getattr(application, name) for name in FACTS}
    found = [
        Gap("facts", name, name, f"填写{label}。")
        for name, label in FACTS.items()
        if not values[name].strip()
    ]
    phone = values["contact_phone"].strip()
    if phone and not re.fullmatch(PHONE, phone):
        found.append(Gap("facts", "contact_phone", "contact_phone", PHONE_WRONG))
    return found


def _figures(application: Application, data: Declared) -> list[Gap]:
    """The year that the conditions are judged by, where not one of its figures is given."""
    year = application.round.figures_year
    if (data.get("figures") or {}).get(str(year)):
        return []
    judged = {
        row.indicator
        for criterion in spec_of(application.criteria_set).criteria
        for row in criterion.conditions
        if row.year is None and (not row.categories or application.category in row.categories)
    }
    if judged.isdisjoint(row.key for row in asked_indicators(application.town, [year])):
        return []
    text = f"填写{year}年的年度数据：认定条件按这一年的数据判定，现在一项也没有填。"
    return [Gap("figures", "figures", f"figures.{year}", text)]


def _answers(application: Application) -> list[Gap]:
    answered = {row.criterion for row in application.answers.all() if row.text.strip()}
    return [
        Gap(
            criterion_section(row.key),
            row.key,
            f"answers.{row.key}",
            f"填写“{row.title}”的情况说明。",
        )
        for row in spec_of(application.criteria_set).criteria
        if row.nature != "figures" and row.key not in answered
    ]


def _evidence(application: Application, empty: Iterable[AskedFor]) -> list[Gap]:
    """What the round asks for as required and nobody has given."""
    titles = {row.key: row.title for row in spec_of(application.criteria_set).criteria}
    return [
        Gap(
            criterion_section(slot.criterion),
            slot.criterion,
            f"evidence.{slot.criterion}",
            f"“{titles[slot.criterion]}”还缺材料：{slot.title}。",
        )
        for slot in empty
        if slot.criterion in titles
    ]
