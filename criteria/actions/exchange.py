"""A draft made from a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from criteria.actions.keeping import begun_alone, new_key, note_editor
from criteria.exchange import content_of, digest_of, validate, write_content
from criteria.models import CriteriaSet
from criteria.policies import may_author
from portal.core import clock
from portal.core.actor import Actor, acting_office
from portal.core.errors import require
from portal.core.ledger import chain_of, record
from portal.core.models import LedgerEntry, Region, hold_in_scope

MOST_PROBLEMS = 5


@transaction.atomic
def import_criteria_set(
    *, actor: Actor, content: Mapping[str, Any], name: str, digest: str
) -> CriteriaSet:
    """Begin a draft of the acting office's own level and region with what a file says.

    ``content``: the file's data; ``name`` and ``digest``: of the file itself, for the ledger. What
    says which set the file was (key, level, region, version) is not taken over. Imported twice
    by one person, the first draft is given back as long as nobody has changed it.
    """
    require(may_author(actor))
    office, level = acting_office(actor), actor.level
    assert level is not None  # said by the policy
    problems = validate(content, office.region)
    if problems:
        raise ValidationError([str(row) for row in problems[:MOST_PROBLEMS]])
    # Two presses of the button come one after the other.
    Region.objects.select_for_update(no_key=True).get(pk=office.region_id)
    present = _made_before(actor, level.key, content["title"], digest)
    if present is not None:
        return present
    row = CriteriaSet(
        key=new_key(office, content.get("kind", "certification")),
        level=level.key,
        region=office.region,
        created_at=clock.now(),
        changed_at=clock.now(),
        changed_name=actor.name,
    )
    note_editor(actor, row)
    write_content(row, content)
    hold_in_scope(row, actor)
    record(
        actor,
        "import_criteria_set",
        row,
        f"由文件导入标准草稿《{row.title}》",
        data={
            "file": name[:120],
            "sha256": digest,
            "file_key": content["key"],
            "content_sha256": digest_of(content_of(row)),
        },
    )
    return row


def _made_before(actor: Actor, level: str, title: str, digest: str) -> CriteriaSet | None:
    """A draft that this person made of the same file and nobody has touched since."""
    untouched = CriteriaSet.objects.drafted_by(actor).filter(
        level=level, title=title, copied_from=None, revision=0, state="draft"
    )
    return begun_alone(actor, (row for row in untouched if _is_of_file(row, digest)))


def _is_of_file(row: CriteriaSet, digest: str) -> bool:
    entries = LedgerEntry.objects.filter(chain=chain_of(row), verb="import_criteria_set")
    return entries.filter(payload__contains=f'"sha256":"{digest}"').exists()
