"""When a mail is looked at again, and what became of it; stored reasons hold no address."""

from django.db import migrations, models
from django.db.models import F, Q


def fill(apps, schema_editor):
    """Open mails are due at once; an old reason that may hold an address is put in words."""
    mails = apps.get_model("core", "NotificationMail").objects.using(schema_editor.connection.alias)
    mails.filter(state="waiting").update(next_at=F("created_at"))
    told = Q(error__contains="@") | Q(error__startswith="SMTP")
    mails.filter(told).update(error="邮件服务器没有接受邮件")


class Migration(migrations.Migration):

    dependencies = [
        ("core", "0015_one_post_told"),
    ]

    operations = [
        migrations.AddField(
            model_name="notificationmail",
            name="next_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="notificationmail",
            name="state",
            field=models.CharField(
                choices=[
                    ("waiting", "待发送"),
                    ("sending", "正在发送"),
                    ("sent", "已交邮件服务器"),
                    ("failed", "发送失败"),
                    ("dropped", "不再发送"),
                ],
                default="waiting",
                max_length=10,
                verbose_name="状态",
            ),
        ),
        migrations.RemoveIndex(model_name="notificationmail", name="mail_waiting"),
        migrations.AddIndex(
            model_name="notificationmail",
            index=models.Index(
                condition=models.Q(("state__in", ("waiting", "sending"))),
                fields=["next_at"],
                name="mail_due",
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
