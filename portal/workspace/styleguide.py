"""The style guide: every component in its states, for developers and demonstrations only."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from portal.workspace import styleguide_samples as samples
from portal.workspace.styleguide_merging import two_versions


class SampleForm(forms.Form):
    """One field of every kind."""

    name = forms.CharField(
        label="专业镇名称", max_length=60, help_text="县（市、区）名加主导产业。"
    )
    category = forms.ChoiceField(
        label="类别",
        choices=[("", "请选择"), ("manufacturing", "制造类"), ("agriculture", "特色农产品加工类")],
    )
    sales = forms.DecimalField(
        label="主导产业年营业收入", max_digits=14, decimal_places=2, help_text="按上一年度填写。"
    )
    founded_on = forms.DateField(label="起始日期", widget=forms.DateInput)
    level = forms.ChoiceField(
        label="申报级别",
        choices=[("province", "省级"), ("city", "市级"), ("county", "县级")],
        widget=forms.RadioSelect,
        help_text="一次只能申报一个级别。",
    )
    chains = forms.MultipleChoiceField(
        label="产业链环节",
        choices=[("material", "原料"), ("process", "加工"), ("package", "包装"), ("trade", "商贸")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    summary = forms.CharField(label="产业概况", max_length=2000, widget=forms.Textarea)
    attachment = forms.FileField(label="证明材料", required=False)
    pledge = forms.BooleanField(label="以上内容真实，由本单位负责。")

    sales.unit = "万元"  # type: ignore[attr-defined]
    fieldsets = (
        ("基本情况", ("name", "category", "level", "founded_on")),
        ("经济规模", ("sales", "chains")),
    )


class SampleFilterForm(forms.Form):
    """The conditions of a list."""

    q = forms.CharField(label="名称", required=False)
    level = forms.ChoiceField(
        label="级别", required=False, choices=[("", "全部"), ("province", "省级"), ("city", "市级")]
    )
    region = forms.ChoiceField(
        label="所在市", required=False, choices=[("", "全部"), ("140500", "晋城市")]
    )
    year = forms.IntegerField(label="年度", required=False)


def styleguide(request: HttpRequest) -> HttpResponse:
    """Show the components; ``?rows=0|1|200`` changes the length of the list."""
    if not (settings.DEBUG or getattr(settings, "PORTAL_DEMO", False)):
        raise Http404("样式说明只在开发和演示时开放。")
    if request.headers.get("HX-Request") and request.GET.get("job"):
        job = samples.advanced_job(request.GET["job"])
        context = {"job": job, "poll_url": job.get("poll_url")}
        return render(request, "components/job_progress.html", context)
    asked = request.GET.get("rows", "")
    count = min(int(asked), 200) if asked.isdecimal() and len(asked) < 4 else 6
    wrong = SampleForm(samples.WRONG_INPUT, prefix="wrong")
    return render(
        request,
        "styleguide/styleguide.html",
        {
            "plain_form": SampleForm(prefix="plain"),
            "hand_form": SampleForm(prefix="hand"),
            "wrong_form": wrong,
            "filter_form": SampleFilterForm({"q": "连翘"}, auto_id="filter_%s"),
            "rows": samples.table_rows(count),
            **samples.context(),
            "merge": two_versions(),
        },
    )
