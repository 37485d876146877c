"""Where a document stands on its way (拟稿、核稿、会签、签发、印发), and what may be done now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from portal.core.actor import Actor
from portal.core.document_queries import end_of
from portal.core.errors import Verdict
from portal.core.formatting import local_date
from portal.core.models import Cosigner, OfficialDocument, SheetEntry
from portal.core.names import knows_people_of
from portal.core.policies.documents import (
    may_act_on,
    may_check,
    may_cosign,
    may_deliver,
    may_draft,
    may_issue,
    may_recall,
)
from portal.core.web import office_url

STATE_TONES = {
    "draft": "neutral",
    "checking": "info",
    "cosigning": "info",
    "signing": "warning",
    "issued": "done",
}
NAMES = (
    ("draft", "拟稿"),
    ("checking", "核稿"),
    ("cosigning", "会签"),
    ("signing", "签发"),
    ("issued", "印发"),
)
# The step of the drafting sheet on which a state rests.
SHEET_STEPS = {"draft": "draft", "checking": "check", "cosigning": "cosign", "signing": "issue"}
Item = dict[str, Any]


def present(lines: Sequence[SheetEntry]) -> list[SheetEntry]:
    """The lines since the text was last returned or recalled; fetch them in their order."""
    ended = [n for n, row in enumerate(lines) if row.decision in ("return", "recall")]
    return list(lines[ended[-1] + 1 :] if ended else lines)


def stepper(
    actor: Actor,
    document: OfficialDocument,
    lines: Sequence[SheetEntry],
    cosigners: Sequence[Cosigner],
) -> list[Item]:
    """The five steps as templates/components/stepper.html takes them."""
    order = [key for key, _ in NAMES]
    at = order.index(document.state)
    issued = document.state == "issued"
    done = {row.step: row for row in present(lines)}
    returned = bool(lines) and lines[-1].decision == "return"
    steps: list[Item] = []
    for place, (key, name) in enumerate(NAMES):
        step: Item = {"name": name, "state": "done" if place < at or issued else "todo"}
        line = done.get(SHEET_STEPS.get(key, ""))
        if line is not None and step["state"] == "done":
            step |= {"when": local_date(line.at), "who": _who(actor, document, line)}
        if key == "cosigning" and not cosigners:
            step |= {"state": "skipped", "word": "不需要"}
        elif key == "cosigning" and place == at:
            left = [row for row in cosigners if row.state != "agreed"]
            step["note"] = f"还有 {len(left)} 个机关未会签"
        if place == at and not issued:
            step["state"] = "current"
        if key == "draft" and place == at and returned:
            step |= {"state": "returned", "word": "退回修改", "note": lines[-1].opinion}
        if key == "issued" and issued:
            step |= {"word": "已印发", "when": document.issued_on}
        steps.append(step)
    return steps


def _who(actor: Actor, document: OfficialDocument, line: SheetEntry) -> str:
    own = line.office_id == document.office_id
    return line.name if own and knows_people_of(actor, document.office) else line.organ_name


def _act(verdict: Verdict, text: str, url: str, tone: str = "primary") -> Item:
    return {"text": text, "url": url if verdict.ok else "", "tone": tone, "reason": verdict.reason}


def now(actor: Actor, document: OfficialDocument, cosigners: Sequence[Cosigner]) -> list[Item]:
    """What is to be done next and whether the actor may: each with its address or the reason."""
    url = _addresses(actor, document)
    state = document.state
    if state == "draft":
        return [_act(may_draft(actor, document), "送核稿", url("document-send"))]
    if state == "issued":
        return []
    items: list[Item] = []
    if state == "checking":
        items.append(_act(may_check(actor, document), "核稿", url("document-check")))
    elif state == "cosigning":
        for row in cosigners:
            if row.state != "waiting":
                continue
            verdict = may_cosign(actor, document, row)
            word = "会签" if row.office_id else "登记会签结果"
            items.append(_act(verdict, f"{word}：{row.organ_name}", url("document-cosign", row.pk)))
    elif state == "signing":
        items.append(_act(may_issue(actor, document), "签发", url("document-issue")))
    return items


def other(actor: Actor, document: OfficialDocument) -> list[Item]:
    """What else the actor may do with it, as buttons; what is not allowed is left out."""
    url = _addresses(actor, document)
    found: list[Item] = []
    if may_draft(actor, document).ok:
        found.append({"text": "修改拟稿", "url": url("document-edit")})
    if may_recall(actor, document).ok:
        found.append({"text": "撤回修改", "url": url("document-recall")})
    if may_deliver(actor, document).ok:
        found.append({"text": "分发", "url": url("document-deliver")})
    if may_act_on(actor, document).ok and end_of(document) is None:
        found.append({"text": "更正、替代、撤销", "url": url("document-act-on")})
    return found


def _addresses(actor: Actor, document: OfficialDocument) -> Any:
    return lambda name, *more: office_url(actor, name, document.pk, *more)
