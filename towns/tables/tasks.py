"""The task list of an application: its sections, how far each is, what is left. Pure.

``tasks_of`` derives the sections from the pinned criteria set and the round, and how each stands
from the declaration (``towns.declared``), from what is missing and from what a return asks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from criteria.specs import CriterionSpec, SetSpec
from towns.constants import ROLE_CHOICES, SERVICE_FUNCTIONS
from towns.declared import FACTS, Declared, criterion_section

NEW, FILLING, DONE, CORRECT = "未开始", "填写中", "已完成", "需补正"
TONES = {NEW: "neutral", FILLING: "warning", DONE: "done", CORRECT: "danger"}
# Hints name this many missing things; the page of the section names all.
MOST_NAMED = 3


class Request(NamedTuple):
    """A field that a return asks to be corrected, and whether it has been changed since.

    ``relaxes``: a request for relaxation, which stands in the row of these, too.
    """

    section: str
    label: str
    changed: bool
    relaxes: bool = False


class Standing(NamedTuple):
    """What the task list is made of.

    ``asked``: keys of the yearly indicators; ``missing``: section -> what handing over still wants;
    ``requests``: of the open return, None while everything can change; ``waiting``: section ->
    fields typed and not saved; ``relaxable``: condition -> indicator, of what may be relaxed now;
    ``verdicts``: criterion -> its result in a word.
    """

    data: Declared
    asked: Sequence[str]
    years: Sequence[int]
    promises: int
    missing: Mapping[str, Sequence[str]]
    requests: Sequence[Request] | None
    waiting: Mapping[str, int]
    relaxable: Mapping[str, str]
    verdicts: Mapping[str, str]


class Task(NamedTuple):
    """A section: how much of it is there, and in words what is missing.

    ``needed``: handing over waits for it; what is not needed counts as left only once begun.
    """

    key: str
    label: str
    done: int
    whole: int
    needed: bool
    hint: str
    missing: tuple[str, ...] = ()
    requests: tuple[Request, ...] = ()
    locked: bool = False

    @property
    def state(self) -> str:
        """未开始, 填写中, 已完成 or 需补正."""
        if any(not row.changed for row in self.requests):
            return CORRECT
        if self.locked or (self.done >= self.whole and not self.missing):
            return DONE
        return FILLING if self.done else NEW

    @property
    def left(self) -> bool:
        """Whether something is still to be done here."""
        return self.state in (FILLING, CORRECT) or (self.state == NEW and self.needed)


class Group(NamedTuple):
    """Tasks under one heading."""

    title: str
    tasks: tuple[Task, ...]


def tasks_of(spec: SetSpec, standing: Standing) -> list[Group]:
    """The sections in their order, without the last one (核对与提交), which is the page itself."""
    groups = [
        ("基本内容", [*_facts(standing), *_registers(standing)]),
        ("认定条件", [_criterion(row, standing) for row in spec.criteria] + _relaxations(standing)),
        ("请示和承诺", _papers(standing)),
    ]
    return [
        Group(title, tuple(_corrected(task, standing) for task in tasks)) for title, tasks in groups
    ]


def left_words(groups: Sequence[Group]) -> str:
    """还有 3 个部分没有完成，其中 1 个不影响送提交人; what may stay empty is not counted."""
    tasks = [task for group in groups for task in group.tasks]
    left = [task for task in tasks if task.left]
    asked = sum(task.state == CORRECT for task in left)
    if not left:
        return "各部分都已完成，可以核对。"
    words = f"共 {len(tasks)} 个部分，还有 {len(left)} 个没有完成"
    spare = sum(not task.missing and task.state != CORRECT for task in left)
    parts = [f"{asked} 个需补正"] if asked else []
    if any(task.missing for task in left) and spare:
        parts.append(f"{spare} 个不影响送提交人")
    return f"{words}，其中 {'、'.join(parts)}。" if parts else f"{words}。"


def _corrected(task: Task, standing: Standing) -> Task:
    """What a return asks of a section, and what it still misses."""
    missing = tuple(standing.missing.get(task.key, ()))
    needed = task.needed or bool(missing)
    if standing.requests is None:
        return task._replace(missing=missing, needed=needed)
    requests = tuple(
        row
        for row in standing.requests
        if row.section == task.key or (row.relaxes and task.key == "relaxations")
    )
    # The commitments are made anew for each submission.
    locked = not requests and task.key != "commitments"
    if locked:
        hint = "不在本次补正范围内"
    elif not requests:
        hint = task.hint
    else:
        changed = sum(row.changed for row in requests)
        names = "、".join(row.label for row in requests[:MOST_NAMED])
        more = f"等 {len(requests)} 项" if len(requests) > MOST_NAMED else ""
        hint = f"要求补正：{names}{more}；已修改 {changed} 项"
    return task._replace(
        missing=missing, needed=needed, requests=requests, locked=locked, hint=hint
    )


def _facts(standing: Standing) -> list[Task]:
    data = standing.data
    filled = sum(bool((data.get(name) or "").strip()) for name in FACTS)
    industry = bool((data.get("industry_text") or "").strip())
    return [
        Task("facts", "基本情况", filled, len(FACTS), True, "、".join(FACTS.values())),
        Task(
            "industry",
            "主导产业和主导产品",
            int(industry),
            1,
            False,
            "主导产业、主导产品的情况说明" + ("" if industry else "，选填"),
        ),
    ]


def _registers(standing: Standing) -> list[Task]:
    data = standing.data
    figures = data.get("figures") or {}
    counts = {
        year: sum(key in figures.get(str(year), {}) for key in standing.asked)
        for year in standing.years
    }
    each, enterprises = len(standing.asked), data.get("enterprises") or []
    roles = [(label, sum(row["role"] == key for row in enterprises)) for key, label in ROLE_CHOICES]
    functions = data.get("functions") or {}
    answered = sum(key in functions for key, _ in SERVICE_FUNCTIONS)
    present = sum(state == "present" for state in functions.values())
    rows = [
        Task(
            "figures",
            f"年度数据（近{_numeral(len(standing.years))}年）",
            sum(counts.values()),
            each * len(standing.years),
            True,
            "，".join(f"{year}年 {count}/{each} 项" for year, count in counts.items()),
        ),
        Task(
            "enterprises",
            "企业名单",
            int(bool(enterprises)),
            1,
            True,
            "、".join(f"{label} {count} 家" for label, count in roles),
        ),
        _optional("honours", "荣誉和品牌", data.get("honours")),
        _optional("standards", "标准", data.get("standards")),
        Task(
            "functions",
            f"公共服务（{_numeral(len(SERVICE_FUNCTIONS))}项功能）",
            answered,
            len(SERVICE_FUNCTIONS),
            True,
            f"已填 {answered} 项，其中具备 {present} 项",
        ),
    ]
    return [_waiting(row, standing.waiting.get(row.key, 0)) for row in rows]


def _waiting(task: Task, fields: int) -> Task:
    if not fields:
        return task
    hint = f"{task.hint}；有 {fields} 项填写后还没有保存"
    return task._replace(hint=hint, done=max(task.done, 1), whole=task.whole + 1)


def _optional(key: str, label: str, rows: Any) -> Task:
    count = len(rows or [])
    return Task(key, label, count, max(count, 1), False, f"{count} 项" if count else "没有的不填")


def _criterion(row: CriterionSpec, standing: Standing) -> Task:
    """A criterion: its statement and its evidence."""
    key, data = criterion_section(row.key), standing.data
    written = bool((data.get("answers") or {}).get(row.key, "").strip())
    files = sum(item["criterion"] == row.key for item in data.get("evidence") or [])
    narrative = row.nature != "figures"
    words = "已写说明" if written else "未写说明" if narrative else "由数据判定，说明选填"
    hint = f"{words}，材料 {files} 份"
    if standing.verdicts.get(row.key):
        hint += f"；对照标准：{standing.verdicts[row.key]}"
    # A statement that is asked for is not replaced by files, nor are files by a statement: what is
    # missing keeps the section open by itself.
    return Task(key, f"{row.clause} {row.title}", int(written) + files, 1, narrative, hint)


def _relaxations(standing: Standing) -> list[Task]:
    asked = {key for key, reason in (standing.data.get("relaxations") or {}).items() if reason}
    known = {**standing.relaxable, **{key: "" for key in asked if key not in standing.relaxable}}
    if not known:
        return []
    open_ = [name for key, name in standing.relaxable.items() if key not in asked]
    hint = f"已申请 {len(asked)} 项"
    if open_:
        names = "、".join(f"“{name}”" for name in open_[:MOST_NAMED])
        hint += f"；{names}{'等' if len(open_) > MOST_NAMED else ''}可以申请放宽，选填"
    return [Task("relaxations", "放宽申请", len(asked), max(len(asked), 1), False, hint)]


def _papers(standing: Standing) -> list[Task]:
    data = standing.data
    request = data.get("request") or {}
    given = int(bool(request)) + int(bool(request.get("number")))
    left = len(standing.missing.get("commitments", ()))
    words = f"共 {standing.promises} 条" + ("，已承诺" if not left else "，请阅读后作出承诺")
    return [
        Task("request", "申报请示", given, 2 if request else 1, True, _request_words(request)),
        Task("commitments", "承诺", 0 if left else 1, 1, True, words),
    ]


def _request_words(request: Mapping[str, Any]) -> str:
    if not request:
        return "上传加盖公章的请示扫描件"
    return f"已上传，文号：{request['number']}" if request.get("number") else "已上传，未填文号"


def _numeral(count: int) -> str:
    return "〇一二三四五六七八九十"[count] if 0 <= count <= 10 else str(count)
