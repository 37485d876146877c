"""Brings what the registers held before into their new shape."""

from django.db import migrations
from django.db.models import F, OuterRef, Subquery
from django.utils import timezone

from towns.honours import kind_of, level_of


def fill(apps, schema_editor):
    """Years from the states of figures, kinds from names, regions of memberships, first stages."""
    model = apps.get_model
    years = {}
    figures = model("towns", "TownFigure").objects.values_list("town_id", "year", "state")
    for town, year, state in figures:
        years[town, year] = state if years.get((town, year), state) == state else "reported"
    model("towns", "TownYear").objects.bulk_create(
        model("towns", "TownYear")(town_id=town, year=year, state=state)
        for (town, year), state in years.items()
    )
    for honour in model("towns", "Honour").objects.all():
        named = kind_of(honour.kind)
        level = level_of(honour.level) or ""
        if named is None:
            honour.title, honour.kind, honour.level = honour.kind, "other", level
        else:
            honour.kind, honour.level = named.kind, named.level or level
        honour.save(update_fields=["kind", "level", "title"])
    _put_duplicates_aside(model("towns", "Honour"))
    model("towns", "Membership").objects.filter(since__gt=F("until")).update(since=F("until"))
    towns = model("towns", "Town").objects
    model("towns", "Membership").objects.update(
        scope_code=Subquery(towns.filter(pk=OuterRef("town_id")).values("scope_code")[:1])
    )
    moment = timezone.now()
    model("towns", "StageMove").objects.bulk_create(
        model("towns", "StageMove")(
            town_id=pk, stage=stage, on=timezone.localdate(moment), created_at=moment,
            reason="启用登记簿时的培育阶段",
        )
        for pk, stage in towns.values_list("pk", "stage")
    )


def _put_duplicates_aside(honours):
    """Two rows that now say the same stay, the later one revoked with the reason."""
    seen = set()
    for honour in honours.objects.filter(revoked_on__isnull=True).order_by("pk"):
        same = (
            honour.enterprise_id, honour.kind, honour.level, honour.title, honour.number,
            honour.awarded_on,
        )
        if same in seen:
            honour.revoked_on = timezone.localdate(timezone.now())
            honour.revoked_reason = "与另一条登记相同，启用登记簿时只计一条"
            honour.save(update_fields=["revoked_on", "revoked_reason"])
        seen.add(same)


class Migration(migrations.Migration):
    dependencies = [("towns", "0004_registers_imports_uploads")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
