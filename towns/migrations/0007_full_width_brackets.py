from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("towns", "0006_what_was_filled"),
    ]

    operations = [
        migrations.AlterField(
            model_name="application",
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
        migrations.AlterField(
            model_name="certification",
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
        migrations.AlterField(
            model_name="town",
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
        migrations.AlterField(
            model_name="towncategory",
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
