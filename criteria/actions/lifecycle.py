"""Where a draft comes from and where it may go: copied from a published set, or thrown away."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction

from criteria.actions.keeping import (
    begun_alone,
    draft_to_change,
    new_key,
    note_editor,
    same_revision,
)
from criteria.constants import SET_KINDS
from criteria.exchange import content_of, digest_of, validate, write_content
from criteria.models import Condition, CriteriaSet
from criteria.policies import may_copy, may_discard
from portal.core import clock
from portal.core.actor import Actor, acting_office
from portal.core.errors import require
from portal.core.ledger import record
from portal.core.models import Region, hold_in_scope

MOST_PROBLEMS = 5
# What a version takes from its own document, which a copy has yet to be given.
OF_ITS_DOCUMENT = ("document_number", "issued_on", "effective_from", "effective_to")
OF_ANOTHERS_DOCUMENT = (*OF_ITS_DOCUMENT, "document_title", "scope_clause")


@transaction.atomic
def copy_criteria_set(*, actor: Actor, key: str, title: str) -> CriteriaSet:
    """Begin a draft of the acting office's own level and region with all that a set says.

    A set of the same level and region begins its next version, another's is a starting point.
    Document number and days are left for the new document. Copied twice by one
    person, the first copy is given back as long as nobody has changed it.
    """
    source = CriteriaSet.objects.visible_to(actor).select_related("region").get(key=key)
    require(may_copy(actor, source))
    office, level = acting_office(actor), actor.level
    assert level is not None  # said by the policy
    # Two presses of the button come one after the other.
    Region.objects.select_for_update(no_key=True).get(pk=office.region_id)
    title = " ".join(title.split())
    if not title:
        raise ValidationError({"title": "请填写新草稿的名称。"})
    untouched = CriteriaSet.objects.drafted_by(actor).filter(
        copied_from=source, level=level.key, title=title, revision=0, state="draft"
    )
    present = begun_alone(actor, untouched)
    if present is not None:
        return present
    content = content_of(source)
    own = source.region_id == office.region_id and source.level == level.key
    if not own:
        _usable_here(content, office.region)
    for name in OF_ITS_DOCUMENT if own else OF_ANOTHERS_DOCUMENT:
        content[name] = None if name.endswith(("_on", "_from", "_to")) else ""
    row = CriteriaSet(
        key=new_key(office, source.kind),
        kind=source.kind,
        level=level.key,
        region=office.region,
        copied_from=source,
        created_at=clock.now(),
        changed_at=clock.now(),
        changed_name=actor.name,
    )
    note_editor(actor, row)
    write_content(row, {**content, "title": title})
    hold_in_scope(row, actor)
    record(
        actor,
        "copy_criteria_set",
        row,
        f"由《{source.title}》{source.version_label}复制为草稿《{row.title}》",
        data={"copied_from": source.key, "content_sha256": source.content_sha256},
    )
    return row


@transaction.atomic
def discard_criteria_set(*, actor: Actor, key: str, revision: int) -> str:
    """Throw a draft away; its title. The ledger keeps the digest of what it said.

    ``revision``: of the draft that was looked at; Stale when somebody has changed it since.
    """
    row = draft_to_change(actor, key)
    require(may_discard(actor, row))
    same_revision(row, revision)
    record(
        actor,
        "discard_criteria_set",
        row,
        f"删除标准草稿《{row.title}》",
        data={
            "key": row.key,
            "kind": SET_KINDS[row.kind],
            "criteria": row.criteria.count(),
            "content_sha256": digest_of(content_of(row)),
        },
    )
    Condition.objects.filter(criterion__criteria_set=row).delete()
    row.criteria.all().delete()
    row.delete()
    return row.title


def _usable_here(content: dict[str, object], region: Region) -> None:
    """Another region's set may name what is its own, or hold what no draft may hold any more."""
    problems = validate(content, region)
    if problems:
        shown = [str(row) for row in problems[:MOST_PROBLEMS]]
        said = (
            f"该标准有 {len(problems)} 处内容在本行政区划不能使用"
            "（没有的指标、类别，或者不合格式的内容），不能整套复制："
        )
        raise ValidationError([said, *shown])
