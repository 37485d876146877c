"""What the filling needed goes, and what it filled is asked for from now on."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("towns", "0005_fill_registers")]
    operations = [
        migrations.RemoveField("townfigure", "state"),
        migrations.AlterField(
            "membership", "scope_code", models.CharField(editable=False, max_length=12)
        ),
    ]
