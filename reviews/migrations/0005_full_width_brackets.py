from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("reviews", "0004_names_of_the_day"),
    ]

    operations = [
        migrations.AlterField(
            model_name="case",
            name="category",
            field=models.CharField(
                choices=[
                    ("manufacturing", "制造业"),
                    ("agriculture", "特优农业"),
                    ("light_craft", "特色轻工（工艺美术）"),
                    ("culture_tourism", "文化旅游"),
                ],
                max_length=30,
                verbose_name="类别",
            ),
        ),
    ]
