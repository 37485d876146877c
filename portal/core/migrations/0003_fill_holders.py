from django.db import migrations


def fill(apps, schema_editor):
    """Appointments keep their holder's name; people belong to the office of their first post."""
    Appointment = apps.get_model("core", "Appointment")
    for row in Appointment.objects.select_related("user", "post").order_by("pk").iterator():
        user = row.user
        row.holder_name = user.display_name or user.username
        row.save(update_fields=["holder_name"])
        if user.home_office_id is None:
            user.home_office_id = row.post.office_id
            user.save(update_fields=["home_office"])


class Migration(migrations.Migration):
    dependencies = [("core", "0002_offices_people_audit")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
