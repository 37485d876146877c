"""Files that the portal has made itself need no scanner; they say so."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def mark_made(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Files of jobs and of documents were made here; everything else was sent by somebody."""
    stored = apps.get_model("core", "StoredFile")
    jobs = apps.get_model("core", "Job").objects.filter(file__isnull=False).values("file")
    renditions = apps.get_model("core", "Rendition").objects.filter(kind="unsigned").values("file")
    for made in (jobs, renditions):
        stored.objects.filter(pk__in=made, scan="unscanned").update(scan="made")


class Migration(migrations.Migration):
    dependencies = [("core", "0009_registers_imports_uploads")]

    operations = [
        migrations.AlterField(
            model_name="storedfile",
            name="scan",
            field=models.CharField(
                choices=[
                    ("unscanned", "未扫描"),
                    ("clean", "未发现病毒"),
                    ("infected", "发现病毒"),
                    ("failed", "扫描未完成"),
                    ("made", "系统生成"),
                ],
                default="unscanned",
                max_length=10,
                verbose_name="病毒扫描",
            ),
        ),
        migrations.RunPython(mark_made, migrations.RunPython.noop),
    ]
