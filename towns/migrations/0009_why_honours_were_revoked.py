from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def name_mistakes(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """What was revoked before anybody asked why is taken for a mistake."""
    rows = apps.get_model("towns", "Honour").objects.using(schema_editor.connection.alias)
    rows.filter(revoked_on__isnull=False, revoked_as="").update(revoked_as="mistake")


class Migration(migrations.Migration):
    dependencies = [
        ("towns", "0008_ends_of_memberships"),
    ]

    operations = [
        migrations.AddField(
            model_name="honour",
            name="revoked_as",
            field=models.CharField(
                blank=True,
                choices=[("withdrawn", "被撤销、复核未通过"), ("mistake", "登记有误")],
                max_length=12,
                verbose_name="撤销类别",
            ),
        ),
        migrations.RunPython(name_mistakes, migrations.RunPython.noop),
    ]
