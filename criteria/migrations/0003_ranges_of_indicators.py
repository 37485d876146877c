"""The indicators of the documents get the range in which their values lie."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import migrations


def bound(apps: Any, schema_editor: Any) -> None:
    """No amount, count or share is negative; no share is more than all."""
    rows = apps.get_model("criteria", "Indicator").objects.filter(region__isnull=True)
    measured = rows.filter(type__in=("money", "count", "percent", "entries"))
    measured.filter(minimum__isnull=True).update(minimum=Decimal(0))
    rows.filter(type="percent", maximum__isnull=True).update(maximum=Decimal(100))


class Migration(migrations.Migration):
    dependencies = [("criteria", "0002_living_criteria")]

    operations = [migrations.RunPython(bound, migrations.RunPython.noop)]
