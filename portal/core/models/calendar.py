"""Days on which the working calendar departs from Monday to Friday (节假日与调休)."""

from django.db import models


class CalendarDay(models.Model):
    """One exception: a holiday on a weekday, or a working weekend. Editable by the office."""

    day = models.DateField("日期", unique=True)
    working = models.BooleanField("是否工作日")
    name = models.CharField("名称", max_length=40, blank=True)
    source = models.CharField("依据", max_length=120, blank=True)
    entered_name = models.CharField("录入人", max_length=60, blank=True)
    entered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["day"]
        verbose_name = verbose_name_plural = "工作日历"

    def __str__(self) -> str:
        return f"{self.day} {self.name}"
