"""受理回执: what was submitted, where it lies now and what follows; for the page and the paper."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from portal.core.constants import LEVELS, UNSTATED
from portal.core.formatting import cn_date, file_size, local
from reviews.chain import CHAINS, Mode, Step
from reviews.models import Case
from towns.correcting import Ask
from towns.evidence_index import Index
from towns.models import Application, Round
from towns.tables.checking import pieces_words
from towns.tables.corrections import ask_tag, ask_title, term_words

Item = dict[str, Any]
EVIDENCE_COLUMNS: list[Item] = [
    {"label": "编号", "kind": "code"},
    {"label": "材料", "kind": "name"},
    {"label": "文件"},
    {"label": "页数", "kind": "number"},
]
STEP_COLUMNS: list[Item] = [
    {"label": "环节", "kind": "name"},
    {"label": "办理机构"},
    {"label": "办理时限"},
    {"label": "进度", "kind": "tag"},
]


def moment(application: Application) -> str:
    """When it was submitted, to the second."""
    at = application.submitted_at
    return f"{local(at):%Y-%m-%d %H:%M:%S}" if at is not None else ""


def submitted_items(application: Application) -> list[Item]:
    """What was submitted, by whom and when."""
    rows: list[Item] = [
        {"label": "专业镇", "value": application.snapshot["town"]["name"]},
        {"label": "申报批次", "value": application.round.title},
        {"label": "提交时间", "value": moment(application)},
        {"label": "提交人", "value": application.submitter},
    ]
    if application.revision > 1:
        rows.append({"label": "提交次数", "value": f"第 {application.revision} 次提交"})
    return rows


def receipt_items(application: Application, case: Case) -> list[Item]:
    """What was submitted, when, and where it lies now."""
    rows = submitted_items(application)
    rows.append({"label": "办理状态", "value": case.status_label})
    if case.state == "open":
        rows.append({"label": "办理机构", "value": case.office.name})
        due = cn_date(case.due_on) if case.due_on else UNSTATED
        rows.append({"label": "办理期限", "value": due})
    return rows


def next_steps(case: Case) -> list[str]:
    """What happens now, and where to look."""
    if case.state == "returned":
        return ["申报已退回补正，请填报人按补正意见修改后重新送提交人提交。"]
    if case.state == "closed":
        return [f"办件已办结：{case.status_label}。"]
    until = f"期限 {cn_date(case.due_on)}" if case.due_on else f"办理时限{UNSTATED}"
    return [
        f"现由{case.office.name}办理“{case.current.name}”，{until}。",
        "需要补正的，会退回并写明意见，请留意工作台；补正后重新提交，受理编号不变。",
        "进入会议审定前，提交人可以撤回申报。",
    ]


def trial_steps(application: Application) -> list[str]:
    """What follows when the round is on trial: nothing."""
    return [
        "本批次试运行：没有受理编号，没有办件，也没有通知任何机构。",
        "可以到核对页查看锁定的内容和评定结果；批次正式开始前，试运行的内容可以整体清除。",
    ]


def step_rows(case: Case) -> list[Item]:
    """The steps of the chain with their terms, and how far the case is."""
    chain = CHAINS[case.chain_key, case.chain_version]
    keys = [step.key for step in chain.steps]
    here = keys.index(case.step)
    return [
        {
            "name": step.name,
            "who": case.office.name if place == here and case.state == "open" else _who(step),
            "term": term_of_step(case.round, step),
            "word": _progress(case, place - here)[0],
            "tone": _progress(case, place - here)[1],
            "due": cn_date(case.due_on) if place == here and case.due_on else "",
        }
        for place, step in enumerate(chain.steps)
    ]


def _who(step: Step) -> str:
    return f"{LEVELS[step.level].adjective}领导小组办公室"


def _progress(case: Case, distance: int) -> tuple[str, str]:
    if case.state == "returned":
        return "补正后重新开始", "neutral"
    if distance < 0 or (distance == 0 and case.state == "closed"):
        return "已办", "done"
    if case.state == "closed":
        return "未进行", "neutral"
    return ("办理中", "info") if distance == 0 else ("待办", "neutral")


def term_of_step(call: Round, step: Step) -> str:
    """The term of a step as the round sets it; 未载明 where it sets none."""
    days = call.step_days.get(step.key)
    if days:
        return f"{days} 个工作日"
    if step.mode == Mode.NOTICE and call.notice_days:
        return f"公示 {call.notice_days} 个工作日"
    return UNSTATED


def contact_lines(call: Round, case: Case | None = None) -> list[str]:
    """Whom to call: who the round names, else the office that handles it."""
    name, phone = call.contact.strip(), call.contact_phone.strip()
    if name or phone:
        return [f"咨询：{call.office.name} {name} {phone}".replace("  ", " ").rstrip()]
    office = case.office.name if case is not None else call.office.name
    return [f"咨询：{office}（本批次没有公布咨询联系人和电话）。"]


def follow_line(application: Application) -> str:
    """How to follow the case."""
    return (
        f"办理进度：登录平台，在“我的申报”打开本申报，或者凭受理编号 {application.number} 查询；"
        "有退回、公示、办结等变化时，工作台会有通知。"
    )


def evidence_cells(index: Index, request: dict[str, Any] | None) -> list[tuple[str, ...]]:
    """The evidence that was submitted, numbered like the paper volume, the request first."""
    rows: list[tuple[str, ...]] = [
        (row.number, row.title, _file(row.name, row.size, row.reference), _pages(row.pages))
        for row in index.rows
    ]
    if request is not None:
        title = f"申报请示（{request['number']}）"
        file = _file(request["name"], request["size"])
        rows.insert(0, ("请示", title, file, _pages(request.get("pages"))))
    return rows


def evidence_summary(index: Index) -> str:
    """How many pieces, files and pages; a file that stands in several places counts once."""
    unknown = sum(row.pages is None and not row.first for row in index.rows)
    pages = f"，共 {index.pages} 页" if index.pages else ""
    more = f"（另有 {unknown} 份未统计页数）" if unknown else ""
    return f"佐证材料 {pieces_words(len(index.rows), index.files)}{pages}{more}。"


def _file(name: str, size: int, reference: str = "") -> str:
    return reference or f"{name}（{file_size(size)}）"


def _pages(count: int | None) -> str:
    return str(count) if count else "—"


def correction_lines(asks: Sequence[Ask]) -> list[str]:
    """Each round of correction in a line."""
    return [
        f"{ask_title(ask)}：{ask.correction.office_name}于{cn_date(ask.correction.asked_at)}退回，"
        f"要求补正 {len(ask.rows)} 项，补正期限{_term(ask)}；{ask_tag(ask)[0]}。"
        for ask in asks
    ]


def _term(ask: Ask) -> str:
    words = term_words(ask.correction)
    return words.removeprefix("补正期限")


def table_rows(rows: Iterable[tuple[str, ...]]) -> list[Item]:
    """Rows of text for ``components/table.html``."""
    return [{"cells": list(row)} for row in rows]
