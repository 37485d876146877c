"""What was submitted before submissions were kept one by one: the last of each application."""

from __future__ import annotations

from typing import Any

from django.db import migrations


def keep_submissions(apps: Any, schema_editor: Any) -> None:
    """One row for each application that was ever submitted."""
    Application = apps.get_model("towns", "Application")
    Submission = apps.get_model("towns", "Submission")
    rows = Application.objects.filter(submitted_at__isnull=False, revision__gt=0)
    Submission.objects.bulk_create(
        (
            Submission(
                application_id=row.pk,
                revision=row.revision,
                snapshot=row.snapshot,
                snapshot_sha256=row.snapshot_sha256,
                submitted_name=row.submitted_name,
                submitted_at=row.submitted_at,
            )
            for row in rows.iterator(chunk_size=200)
        ),
        batch_size=200,
    )


class Migration(migrations.Migration):
    """Fills ``Submission``."""

    dependencies = [("towns", "0013_filing_together")]

    operations = [migrations.RunPython(keep_submissions, migrations.RunPython.noop)]
