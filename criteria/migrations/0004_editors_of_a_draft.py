"""A set names the users who had a hand in it: of present drafts those whom the ledger names."""

from __future__ import annotations

from typing import Any

from django.db import migrations, models

# Entries of a set that are no writing of what it says.
NO_WRITING = ("return_proposal", "take_back_proposal")


def name_editors(apps: Any, schema_editor: Any) -> None:
    """Whoever wrote an entry of a draft's chain, in the order of the entries."""
    entries = apps.get_model("core", "LedgerEntry").objects
    rows = apps.get_model("criteria", "CriteriaSet").objects
    for row in rows.filter(state__in=("draft", "proposed")):
        written = entries.filter(chain=f"criteria.criteriaset:{row.pk}", actor__isnull=False)
        people = written.exclude(verb__in=NO_WRITING).order_by("seq")
        found = [*people.values_list("actor_id", flat=True), row.proposed_by_id]
        row.editors = list(dict.fromkeys(pk for pk in found if pk is not None))
        row.save(update_fields=["editors"])


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0011_notifications"),
        ("criteria", "0003_ranges_of_indicators"),
    ]

    operations = [
        migrations.AddField(
            "criteriaset",
            "editors",
            models.JSONField("参与编制的人员", default=list, editable=False),
        ),
        migrations.RunPython(name_editors, migrations.RunPython.noop),
    ]
