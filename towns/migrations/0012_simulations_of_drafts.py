"""A draft that is thrown away takes its simulations with it."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("criteria", "0002_living_criteria"),
        ("towns", "0011_categories_of_offices"),
    ]

    operations = [
        migrations.AlterField(
            model_name="simulation",
            name="criteria_set",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="simulations",
                to="criteria.criteriaset",
            ),
        ),
    ]
