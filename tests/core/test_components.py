"""The components: what they show, what they keep, and that no page needs inline code."""

from __future__ import annotations

import re
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.http import Http404
from django.template import Context, Template, TemplateSyntaxError
from django.template.loader import get_template, render_to_string
from django.test import RequestFactory
from django.utils import timezone

from portal.core import field_rendering
from portal.core.templatetags.portal import table_cells
from portal.workspace import styleguide_samples as samples
from portal.workspace.styleguide import SampleForm, styleguide

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
COMPONENTS = sorted((TEMPLATES / "components").glob("*.html"))
# templates/documents/ becomes paper (PDF) and is never sent to a browser.
SERVED = sorted(
    path for path in TEMPLATES.rglob("*.html") if TEMPLATES / "documents" not in path.parents
)


class Elements(HTMLParser):
    """Start tags of a piece of HTML, as (name, attributes)."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def by_id(self, identifier: str) -> dict[str, str | None]:
        return next(attrs for _, attrs in self.found if attrs.get("id") == identifier)

    def named(self, name: str) -> list[dict[str, str | None]]:
        return [attrs for _, attrs in self.found if attrs.get("name") == name]

    def tags(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.found if name == tag]


def render(source: str, **context: Any) -> str:
    return Template(source).render(Context(context))


@pytest.fixture
def wrong_form() -> SampleForm:
    return SampleForm(samples.WRONG_INPUT, prefix="wrong")


# ----------------------------------------------------------------------------------- the templates


@pytest.mark.parametrize("path", COMPONENTS, ids=lambda path: path.stem)
def test_component_documents_itself_and_compiles(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith("{% comment %}\n")
    assert get_template(f"components/{path.name}") is not None


def test_every_component_is_shown_in_the_style_guide() -> None:
    shown = (TEMPLATES / "styleguide" / "styleguide.html").read_text(encoding="utf-8")
    shown += (TEMPLATES / "base.html").read_text(encoding="utf-8")
    shown += "".join(path.read_text(encoding="utf-8") for path in COMPONENTS)
    missing = [
        path.stem
        for path in COMPONENTS
        if f"components/{path.name}" not in shown and f"{{% {path.stem} " not in shown
    ]
    assert missing == []


@pytest.mark.parametrize("path", SERVED, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_no_inline_script_or_style(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle\s*=", text)
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", text)
    assert "<style" not in text
    assert "javascript:" not in text
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)
    assert not re.search(r"(src|href)=[\"'](https?:)?//", text)


def test_server_error_page_needs_nothing() -> None:
    text = (TEMPLATES / "500.html").read_text(encoding="utf-8")
    assert "{%" not in text
    assert "{{" not in text


# ------------------------------------------------------------------------------------------ fields


def test_typed_input_is_kept_whatever_it_was(wrong_form: SampleForm) -> None:
    html = render(
        "{% include 'components/form.html' with submit_text='提交申报' %}", form=wrong_form
    )
    page = Elements(html)
    assert page.by_id("id_wrong-sales")["value"] == "十二亿"
    founded = page.by_id("id_wrong-founded_on")
    assert founded["value"] == "2026年13月1日"
    assert founded["type"] == "text"
    assert samples.WRONG_INPUT["wrong-summary"] in html
    chosen = [box["value"] for box in page.named("wrong-chains") if "checked" in box]
    assert chosen == ["material", "process"]


def test_every_error_is_beside_its_field_and_described(wrong_form: SampleForm) -> None:
    for name in ("name", "sales", "founded_on", "pledge"):
        page = Elements(render("{% field bound %}", bound=wrong_form[name]))
        control = page.by_id(f"id_wrong-{name}")
        described = (control["aria-describedby"] or "").split()
        assert f"id_wrong-{name}_error" in described
        assert control["aria-invalid"] == "true"
        for identifier in described:
            assert page.by_id(identifier) is not None


def test_group_is_a_fieldset_described_by_its_error(wrong_form: SampleForm) -> None:
    page = Elements(render("{% field bound %}", bound=wrong_form["level"]))
    group = page.by_id("id_wrong-level_group")
    assert group["aria-describedby"] == "id_wrong-level_helptext id_wrong-level_error"
    assert len(page.named("wrong-level")) == 3
    assert "checked" not in page.by_id("id_wrong-level_0")


def test_error_summary_links_to_elements_that_exist(wrong_form: SampleForm) -> None:
    html = render("{% include 'components/form.html' %}", form=wrong_form)
    page = Elements(html)
    targets = [str(a["href"])[1:] for a in page.tags("a") if str(a.get("href")).startswith("#id_")]
    assert len(targets) == 5
    assert all(page.by_id(target) for target in targets)
    assert page.tags("form")[0]["novalidate"] is None
    texts = [link.text for link in field_rendering.error_links(wrong_form)]
    assert texts[:3] == [
        "请填写专业镇名称。",
        "主导产业年营业收入：请填写数字，例如 1234.5。",
        "起始日期：请填写真实的日期，例如 2026-11-21。",
    ]


def test_words_of_the_form_itself_are_kept() -> None:
    class OwnWords(forms.Form):
        reason = forms.CharField(label="理由", error_messages={"required": "退回时必须写明理由。"})

    form = OwnWords({})
    assert [m.text for m in field_rendering.field_messages(form["reason"])] == [
        "退回时必须写明理由。"
    ]
    form.add_error(None, "本批次已经截止。")
    links = field_rendering.error_links(form)
    assert ("本批次已经截止。", "") in [(link.text, link.href) for link in links]


def test_whole_numbers_and_limits_are_said_in_words() -> None:
    class Limits(forms.Form):
        grace = forms.IntegerField(label="上传宽限", min_value=0, max_value=240)
        own = forms.IntegerField(
            label="评分", max_value=5, error_messages={"max_value": "评分在 0 到 5 之间。"}
        )

    def said(**data: str) -> list[str]:
        form = Limits(data)
        form.fields["grace"].unit = "分钟"  # type: ignore[attr-defined]
        return [m.text for name in form.fields for m in field_rendering.field_messages(form[name])]

    assert said(grace="1.5", own="9") == ["请填写整数，例如 5。", "评分在 0 到 5 之间。"]
    assert said(grace="241", own="1") == ["上传宽限最多 240 分钟。"]
    assert said(grace="-1", own="1") == ["上传宽限最少 0 分钟。"]


def test_formset_errors_name_their_row() -> None:
    class Row(forms.Form):
        sales = forms.DecimalField(label="营业收入")

    data = {"form-TOTAL_FORMS": "2", "form-INITIAL_FORMS": "0"}
    data |= {"form-0-sales": "3", "form-1-sales": "三"}
    formset = forms.formset_factory(Row)(data)
    links = field_rendering.error_links(formset)
    assert [link.href for link in links] == ["#id_form-1-sales"]
    assert links[0].text.startswith("第 2 行：营业收入：")


def test_unit_and_hint_describe_the_input() -> None:
    page = Elements(render("{% field bound hint='按上年' %}", bound=SampleForm()["sales"]))
    control = page.by_id("id_sales")
    assert control["aria-describedby"] == "id_sales_helptext id_sales_unit"
    assert control["type"] == "text"
    assert control["inputmode"] == "decimal"
    assert "万元" in render("{% field bound %}", bound=SampleForm()["sales"])


def test_stored_number_and_date_are_shown_as_controls_read_them() -> None:
    form = SampleForm(initial={"sales": Decimal("1235.5000"), "founded_on": timezone.localdate()})
    assert Elements(render("{% field f %}", f=form["sales"])).by_id("id_sales")["value"] == "1235.5"
    date_input = Elements(render("{% field f %}", f=form["founded_on"])).by_id("id_founded_on")
    assert date_input["type"] == "date"
    assert date_input["value"] == timezone.localdate().isoformat()


def test_field_include_and_tag_draw_the_same() -> None:
    form = SampleForm()
    by_tag = render("{% field f unit='亿元' %}", f=form["sales"])
    by_include = render(
        "{% include 'components/field.html' with field=f unit='亿元' %}", f=form["sales"]
    )
    assert by_tag.strip() == by_include.strip()


def test_hidden_fields_stay_hidden() -> None:
    class WithHidden(forms.Form):
        version = forms.IntegerField(widget=forms.HiddenInput, initial=3)

    html = render("{% include 'components/form.html' %}", form=WithHidden())
    assert [(a["type"], a["value"]) for a in Elements(html).named("version")] == [("hidden", "3")]


def test_form_carries_the_post_it_was_opened_with() -> None:
    request = RequestFactory().get("/")
    context = {"form": SampleForm(), "actor": {"post": {"pk": 7}}}
    html = render_to_string("components/form.html", context, request=request)
    page = Elements(html)
    assert page.named("acting_post")[0]["value"] == "7"
    assert page.named("csrfmiddlewaretoken")


# ------------------------------------------------------------------------------------------ tables


def test_table_writes_cells_by_kind_and_escapes_them() -> None:
    columns = [{"label": "名称", "kind": "name"}, {"label": "收入", "kind": "money"}]
    html = table_cells(columns, {"cells": ["<b>汾酒</b>", Decimal(1235000000)]})
    assert "&lt;b&gt;汾酒&lt;/b&gt;" in html
    assert 'title="1,235,000,000元">12.35亿元</data>' in html
    assert 'class="num"' in html


def test_table_refuses_a_row_with_a_missing_cell() -> None:
    with pytest.raises(ValueError, match="argument 2"):
        table_cells([{"label": "名称"}, {"label": "收入"}], {"cells": ["汾酒"]})


def test_empty_table_says_what_to_do() -> None:
    html = render(
        "{% include 'components/table.html' with empty_title='没有申报' empty_url='/x' %}",
        columns=samples.TABLE_COLUMNS,
        rows=[],
    )
    assert "没有申报" in html
    assert [a["href"] for a in Elements(html).tags("a")] == ["/x"]
    assert "<table" not in html


def test_table_numbers_rows_and_names_their_boxes() -> None:
    html = render(
        "{% include 'components/table.html' with select_name='case' form_id='batch' start=51 %}",
        columns=samples.TABLE_COLUMNS,
        rows=samples.table_rows(3),
    )
    page = Elements(html)
    assert [a["value"] for a in page.named("case")] == ["1", "2", "3"]
    assert {a["form"] for a in page.named("case")} == {"batch"}
    assert '<td class="seq">51</td>' in html
    assert '<td class="seq">53</td>' in html


def test_pages_without_neighbours_have_no_dead_links() -> None:
    page = {"has_previous": False, "has_next": True, "next_url": "?after=9", "count_text": "1,000+"}
    html = render("{% include 'components/pagination.html' with noun='件' %}", page=page)
    assert "共 1,000+ 件" in html
    assert [a["href"] for a in Elements(html).tags("a")] == ["?after=9"]


# ------------------------------------------------------------------------------------- other parts


def test_running_job_polls_and_finished_job_does_not() -> None:
    source = "{% include 'components/job_progress.html' with poll_url='/job/2' result_url='/out' %}"
    running, done = (Elements(render(source, job=job)) for job in samples.sample_jobs()[1:3])
    assert running.by_id("job-2")["hx-get"] == "/job/2"
    assert running.tags("progress")[0]["value"] == "1240"
    assert "/job/2" in [a["href"] for a in running.tags("a")]
    assert "hx-get" not in done.by_id("job-3")
    assert [a["href"] for a in done.tags("a")] == ["/out"]


def test_failed_job_says_why() -> None:
    html = render("{% include 'components/job_progress.html' %}", job=samples.sample_jobs()[3])
    assert "校验位不对" in html


def test_locked_slot_offers_no_upload_and_no_removal() -> None:
    slot = samples.file_slots()[0]
    source = "{% include 'components/file_slot.html' %}"
    assert len(Elements(render(source, slot=slot)).tags("form")) == 2
    locked = render(source, slot={**slot, "locked_reason": "申报已提交。"})
    assert Elements(locked).tags("form") == []
    assert "申报已提交。" in locked


def test_a_slot_takes_many_files_with_and_without_the_script() -> None:
    source = "{% include 'components/file_slot.html' %}"
    slot = samples.file_slots()[1]
    (plain,) = [
        a for a in Elements(render(source, slot=slot)).tags("input") if a.get("type") == "file"
    ]
    assert "multiple" in plain and "data-uploads" not in plain
    sent = Elements(render(source, slot={**slot, "uploads_url": "/o/x/uploads/"}))
    (pieces,) = [a for a in sent.tags("input") if a.get("type") == "file"]
    assert pieces["data-uploads"] == "/o/x/uploads/"
    assert [a["class"] for a in sent.tags("ul")] == ["upload-list"]
    single = Elements(render(source, slot={**slot, "one": True}))
    assert not [a for a in single.tags("input") if "multiple" in a]


def test_unknown_tone_never_loses_the_word() -> None:
    html = render("{% include 'components/status_tag.html' with word='公示中' tone='typo' %}")
    assert 'class="tag tag-neutral">公示中<' in html


def test_refused_button_says_why_and_does_nothing() -> None:
    source = "{% include 'components/button.html' with text='提交申报' %}"
    html = render(source, disabled_reason="由提交人办理。")
    assert "由提交人办理。" in html
    assert "<button" not in html


def test_current_step_is_marked_for_screen_readers() -> None:
    page = Elements(render("{% include 'components/stepper.html' %}", steps=samples.chain_steps()))
    current = [a for a in page.tags("li") if a.get("aria-current") == "step"]
    assert len(current) == 1
    assert "step-current" in str(current[0]["class"])


def test_bar_is_drawn_by_attributes() -> None:
    page = Elements(render("{% bar 3 4 2 %}"))
    widths = [(a["class"], a.get("width"), a.get("x")) for a in page.tags("rect")]
    assert widths[1] == ("bar-fill", "75.00", None)
    assert widths[2] == ("bar-target", "0.8", "50.00")
    assert len(Elements(render("{% bar 3 4 %}")).tags("rect")) == 2


def test_change_is_said_in_words() -> None:
    assert "增长 20%" in render("{% change 120 100 %}")
    assert "下降 20%" in render("{% change 80 100 %}")
    assert "持平" in render("{% change 100 100 %}")
    assert "提高 0.2 个百分点" in render("{% change 1.5 1.3 '%' %}")
    assert "降低 0.2 个百分点" in render("{% change 1.3 1.5 '%' %}")
    assert "持平" in render("{% change 1.3 1.3 '%' %}")
    assert render("{% change 100 0 %}") == "—"


def test_pages_show_named_settings_only(settings: Any) -> None:
    assert render("{% setting 'PORTAL_NAME' %}") == settings.PORTAL_NAME
    with pytest.raises(TemplateSyntaxError):
        render("{% setting 'SECRET_KEY' %}")


# ---------------------------------------------------------------------------------- the style guide


@pytest.mark.parametrize(("rows", "table_rows"), [("0", 0), ("200", 200), ("9999", 6), ("x", 6)])
def test_style_guide_shows_lists_of_any_length(
    settings: Any, rf: RequestFactory, rows: str, table_rows: int
) -> None:
    settings.PORTAL_DEMO = True
    response = styleguide(rf.get("/styleguide/", {"rows": rows}))
    html = response.content.decode()
    assert response.status_code == 200
    assert len(Elements(html).named("selected")) == table_rows
    identifiers = re.findall(r'\sid="([^"]+)"', html)
    assert len(identifiers) == len(set(identifiers))


def test_style_guide_is_closed_outside_demonstrations(settings: Any, rf: RequestFactory) -> None:
    settings.DEBUG = settings.PORTAL_DEMO = False
    with pytest.raises(Http404):
        styleguide(rf.get("/styleguide/"))


def test_style_guide_job_answers_its_own_poll(settings: Any, rf: RequestFactory) -> None:
    settings.PORTAL_DEMO = True
    request = rf.get("/styleguide/", {"job": "2"}, headers={"HX-Request": "true"})
    html = styleguide(request).content.decode()
    assert Elements(html).by_id("job-2")["hx-get"] == "?job=2"
    assert "<html" not in html


def test_every_page_has_its_landmarks_and_skip_link(settings: Any, rf: RequestFactory) -> None:
    settings.PORTAL_DEMO = True
    page = Elements(styleguide(rf.get("/styleguide/")).content.decode())
    assert page.tags("html")[0]["lang"] == "zh-CN"
    assert page.by_id("main") is not None
    assert page.tags("a")[0]["href"] == "#main"
    assert len(page.tags("main")) == len(page.tags("h1")) == 1
    assert all(script.get("src") for script in page.tags("script"))
