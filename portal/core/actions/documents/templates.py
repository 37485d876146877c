"""An office's wording of its documents, in versions: drafted, revised, put in use, given up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max

from portal.core import clock
from portal.core.actor import Actor, acting_office, acting_user
from portal.core.document_queries import template_texts
from portal.core.documents.kinds import Texts, kind_of
from portal.core.documents.wording import faults_of
from portal.core.errors import Stale, require
from portal.core.ledger import record
from portal.core.merging import Overtaken, overtaken
from portal.core.models import DocumentTemplate, Office, hold_in_scope
from portal.core.policies.documents import may_word

GONE = "该草稿已撤销。"


@dataclass(frozen=True, slots=True)
class Wording:
    """The texts of a version and why they were changed."""

    texts: Texts
    remark: str = ""

    def plain(self) -> dict[str, str]:
        """Plain values, by field."""
        return {**self.texts._asdict(), "remark": self.remark}

    @classmethod
    def of(cls, template: DocumentTemplate) -> Wording:
        """The wording of a stored version."""
        texts = Texts(*(getattr(template, name) for name in Texts._fields))
        return cls(texts, template.remark)


@transaction.atomic
def draft_template(*, actor: Actor, kind: str) -> DocumentTemplate:
    """Begin the next version of a kind's wording as a copy of the one in use."""
    require(may_word(actor))
    spec = kind_of(kind)
    office = Office.objects.select_for_update(no_key=True).get(pk=acting_office(actor).pk)
    rows = DocumentTemplate.objects.visible_to(actor).filter(office=office, kind=kind)
    present = rows.filter(state="draft").first()
    if present is not None:
        who = present.changed_name or "他人"
        raise Stale(f"{spec.label}的第{present.version}版正在起草（{who}），请在其上修改。")
    highest = rows.aggregate(highest=Max("version"))["highest"] or 0
    template = DocumentTemplate(
        office=office, kind=kind, version=highest + 1, **template_texts(office, kind)._asdict()
    )
    _touch(actor, template)
    template.save()
    _enter(actor, template, "draft_template", f"起草{spec.label}模板第{template.version}版")
    return template


@transaction.atomic
def revise_template(
    *, actor: Actor, template_id: int, wording: Wording, opened: Mapping[str, Any]
) -> DocumentTemplate:
    """Change a draft. ``opened``: what the form was opened with.

    Raises Overtaken when somebody has changed the same draft since. Faults are no obstacle yet.
    """
    template = _lock_draft(actor, template_id)
    now = Wording.of(template)
    if overtaken(opened, now.plain(), wording.plain()):
        raise Overtaken(now.plain(), template.revision, template.changed_name, template.changed_at)
    if wording == now:
        raise Stale("没有改动，未作保存。")
    for name, value in wording.plain().items():
        setattr(template, name, value)
    template.revision += 1
    _touch(actor, template)
    template.save()
    before, after = now.plain(), wording.plain()
    changed = [name for name in after if after[name] != before[name]]
    _enter(
        actor,
        template,
        "revise_template",
        f"修改{template.spec.label}模板第{template.version}版",
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed},
    )
    return template


@transaction.atomic
def put_template_in_use(*, actor: Actor, template_id: int, revision: int) -> DocumentTemplate:
    """From now on documents of the kind start from this version; the earlier one is retired.

    Checked against the placeholders that the data of the kind can fill. ``revision``: the text
    that was looked at.
    """
    template = _lock_draft(actor, template_id)
    _unchanged(template, revision)
    wording = Wording.of(template)
    faults: dict[str, list[str]] = {}
    for fault in faults_of(wording.texts, template.spec.placeholders):
        faults.setdefault(fault.field, []).append(fault.message)
    if faults:
        raise ValidationError(faults)
    moment = clock.now()
    rows = DocumentTemplate.objects.visible_to(actor).select_for_update()
    for earlier in rows.filter(kind=template.kind).current():
        earlier.state, earlier.retired_at = "retired", moment
        earlier.save(update_fields=["state", "retired_at"])
        words = f"停用{earlier.spec.label}模板第{earlier.version}版"
        _enter(actor, earlier, "retire_template", words, by=template.version)
    template.state, template.put_in_use_at = "current", moment
    template.put_in_use_name = actor.name
    template.save(update_fields=["state", "put_in_use_at", "put_in_use_name"])
    words = f"启用{template.spec.label}模板第{template.version}版"
    _enter(actor, template, "put_template_in_use", words, after=wording.plain())
    return template


@transaction.atomic
def discard_template(*, actor: Actor, template_id: int, revision: int) -> None:
    """Give a draft up; the version in use goes on."""
    template = _lock_draft(actor, template_id)
    _unchanged(template, revision)
    words = f"撤销{template.spec.label}模板第{template.version}版的草稿"
    _enter(actor, template, "discard_template", words, before=Wording.of(template).plain())
    template.delete()


def _lock_draft(actor: Actor, template_id: int) -> DocumentTemplate:
    template = (
        DocumentTemplate.objects.visible_to(actor)
        .select_for_update(of=("self",))
        .select_related("office__region")
        .filter(pk=template_id)
        .first()
    )
    if template is None:
        raise Stale(GONE)
    require(may_word(actor, template))
    if template.state != "draft":
        raise Stale(
            f"{template}已{'启用' if template.state == 'current' else '停用'}，不再修改；"
            "需要改动的请起草新版本。"
        )
    return template


def _unchanged(template: DocumentTemplate, revision: int) -> None:
    if template.revision != revision:
        who = template.changed_name or "他人"
        raise Stale(f"{who}已修改了{template}，请核对新的内容后再办理。")


def _touch(actor: Actor, template: DocumentTemplate) -> None:
    template.changed_by, template.changed_name = acting_user(actor), actor.name
    template.changed_at = clock.now()


def _enter(
    actor: Actor,
    template: DocumentTemplate,
    verb: str,
    summary: str,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    **data: Any,
) -> None:
    hold_in_scope(template, actor)
    record(
        actor,
        verb,
        template,
        summary,
        data=data,
        before=before,
        after=after,
        scope_code=template.office.region.code,
    )
