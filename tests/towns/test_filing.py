"""Filing an application: task list, criteria, evidence, checking, handing over, giving back."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.core import clock
from portal.core.actor import Actor
from portal.core.errors import Refused
from portal.core.models import StoredFile
from reviews.actions import submit_application
from tests.factories import World, multiply
from tests.papers import PDF
from tests.scenario import drive, file
from towns.actions import (
    attach_evidence,
    hand_over,
    record_figures,
    remove_evidence,
    request_relaxation,
    save_answer,
    save_overview,
    send_back_to_filer,
    start_application,
)
from towns.models import Answer, Application, Evidence, RelaxationRequest, Round, TownFigure

pytestmark = pytest.mark.django_db
YEAR = clock.today().year - 1
LIST_QUERIES = 12
APPLICATION_QUERIES = 20


def pdf(name: str = "证明.pdf", content: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="application/pdf")


# --- starting -------------------------------------------------------------------------------------


def test_filer_starts_and_goes_on(world: World, browse) -> None:
    town, call, person = world.towns["puxian"], world.rounds["province"], browse("puxian.filer")
    page = person.get("round", call.pk)
    assert page.status_code == 200
    assert "开始申报" in page.text
    question = person.get("application-start", town.pk, call.pk)
    assert question.status_code == 200
    assert call.title in question.text
    assert person.post("application-start", town.pk, call.pk).status_code == 302
    assert person.post("application-start", town.pk, call.pk).status_code == 302
    assert Application.objects.filter(town=town, round=call).count() == 1
    assert "继续填报" in person.get("round", call.pk).text
    assert "继续填报" in person.get("applications").text


def test_a_certified_town_is_not_offered_a_start(world: World, browse) -> None:
    drive(world, file(world, "county", "puxian"))
    page = browse("puxian.filer").get("round", world.rounds["county"].pk)
    assert "已是县级专业镇" in page.text
    assert "开始申报" not in page.text


def test_who_may_not_start(world: World, browse) -> None:
    town, call = world.towns["puxian"], world.rounds["province"]
    assert browse("puxian.submitter").get("application-start", town.pk, call.pk).status_code == 403
    assert browse("xixian.filer").get("application-start", town.pk, call.pk).status_code == 404
    with pytest.raises(Refused, match="没有授权"):
        start_application(actor=world.actor("xixian.filer"), town=town, call=call)
    outside = world.rounds["city"]
    with pytest.raises(Refused, match="不在晋城市范围内"):
        start_application(actor=world.actor("puxian.filer"), town=town, call=outside)
    Round.objects.filter(pk=call.pk).update(closes_on=clock.today() - timedelta(days=1))
    call.refresh_from_db()
    with pytest.raises(Refused, match="已截止"):
        start_application(actor=world.actor("puxian.filer"), town=town, call=call)


# --- the task list --------------------------------------------------------------------------------


def test_task_list_shows_parts_verdicts_and_term(
    browse, application: Application, world: World
) -> None:
    person = browse("puxian.filer")
    text = person.get("application", application.pk).text
    for words in ("申报概述", "年度数据（近三年）", "企业名单", "公共服务", "二(四) 产业集聚度高"):
        assert words in text
    assert "还剩 30 天" in text
    assert "还缺 13 项" in text
    assert "最后操作" in text
    # Complete figures lack no data: only the statements are yet to be written.
    assert "总体：待填写情况说明" in text
    assert text.count("对照标准：待填写情况说明") == 8
    assert '<span class="tag tag-neutral">达到</span> <strong class="num">0</strong>' in text
    check = person.get("application-check", application.pk).text
    assert "待填写情况说明" in check
    for page in (text, check):
        assert "缺数据" not in page
        assert "数据不全" not in page
    town = world.towns["puxian"]
    TownFigure.objects.filter(town=town, indicator__key="output_value").delete()
    lacking = person.get("application", application.pk).text
    assert lacking.count("对照标准：缺数据") == 1
    assert "总体：数据不全" in lacking


def test_neighbours_and_offices_do_not_see_a_draft(browse, application: Application) -> None:
    for name in ("xixian.filer", "puxian.clerk", "sx.clerk", "sx.expert", "puxian.member"):
        person = browse(name)
        for page in ("application", "application-overview", "application-check"):
            assert person.get(page, application.pk).status_code == 404, (name, page)
        assert person.get("application-criterion", application.pk, "scale").status_code == 404
        assert person.post("application-hand-over", application.pk).status_code == 404


def test_overview_is_saved_and_kept(browse, application: Application) -> None:
    person = browse("puxian.filer")
    data = {"contact": "李四", "contact_phone": "0357-5322001", "summary": "第一行\n第二行"}
    answer = person.post("application-overview", application.pk, data=data)
    assert answer.status_code == 302
    application.refresh_from_db()
    assert application.contact == "李四"
    long = person.post("application-overview", application.pk, data={**data, "contact": "长" * 61})
    assert long.status_code == 422
    assert 'id="id_contact_error"' in long.text
    assert "第一行" in long.text


# --- criteria -------------------------------------------------------------------------------------


def test_criterion_shows_clause_figure_threshold_and_verdict(
    browse, application: Application, filer: Actor, world: World
) -> None:
    record_figures(
        actor=filer,
        town=world.towns["puxian"],
        year=YEAR,
        values={"output_value": Decimal(300000000)},
    )
    text = browse("puxian.filer").get("application-criterion", application.pk, "scale").text
    assert "特色主导产业原则上限定在一个县(区、市)内" in text
    assert "晋政办发〔2022〕80号" in text
    assert "二(四)" in text
    assert "3亿元" in text
    assert "原则上不低于 10亿元" in text
    assert "可申请放宽" in text
    assert 'name="relax_output_agriculture_light_craft"' in text
    hint = text.split('id="id_relax_output_agriculture_light_craft_helptext"')[1].split("</div>")[0]
    assert "可申请放宽：不少于 1亿元" in hint
    assert "前提：“主导产品具有历史发源地、地理标志等传统特色,在行业内影响力大" in hint
    assert (
        browse("puxian.filer").get("application-criterion", application.pk, "nothing").status_code
        == 404
    )


def test_statement_relaxation_and_file_are_saved_together(
    browse, application: Application, filer: Actor, world: World
) -> None:
    record_figures(
        actor=filer,
        town=world.towns["puxian"],
        year=YEAR,
        values={"output_value": Decimal(300000000)},
    )
    condition = "output_agriculture_light_craft"
    data = {
        "text": "集中在县内。",
        f"relax_{condition}": "有地理标志。",
        "title": "产值证明",
        "file": pdf(),
        "next": "1",
    }
    person = browse("puxian.filer")
    answer = person.post("application-criterion", application.pk, "scale", data=data)
    assert answer.status_code == 302
    assert "/criteria/leading/" in answer["Location"]
    assert Answer.objects.get(application=application, criterion="scale").text == "集中在县内。"
    assert RelaxationRequest.objects.get(application=application).reason == "有地理标志。"
    assert Evidence.objects.get(application=application).title == "产值证明"
    last = person.post(
        "application-criterion", application.pk, "environment", data={"text": "好", "next": "1"}
    )
    assert last["Location"].startswith(f"/o/puxian-filing/applications/{application.pk}/?")
    person.post(
        "application-criterion",
        application.pk,
        "scale",
        data={"text": "改", f"relax_{condition}": ""},
    )
    assert not RelaxationRequest.objects.filter(application=application).exists()


@pytest.mark.parametrize(
    ("upload", "message"),
    [
        (pdf(content=b"MZ this is a program"), "内容不是 PDF 文件"),
        (pdf(name="空.pdf", content=b""), "是空文件"),
        (pdf(name="脚本.html"), "不是可上传的格式"),
        (pdf(name="表.xlsx", content=b"PK\x03\x04 not an archive"), "不是有效的 XLSX 文件"),
    ],
)
def test_refused_file_keeps_what_was_typed(
    browse, application: Application, upload: SimpleUploadedFile, message: str
) -> None:
    answer = browse("puxian.filer").post(
        "application-criterion",
        application.pk,
        "heritage",
        data={"text": "写了很久的说明", "title": "某证明", "file": upload, "upload": "1"},
    )
    assert answer.status_code == 422
    assert message in answer.text
    assert 'id="id_file_error"' in answer.text
    assert "写了很久的说明" in answer.text
    assert 'value="某证明"' in answer.text
    assert not Evidence.objects.filter(application=application).exists()
    assert not StoredFile.objects.exists()


def test_evidence_is_downloaded_and_removed(browse, application: Application, filer: Actor) -> None:
    row = attach_evidence(
        actor=filer, application=application, criterion="market", title="证明", upload=pdf()
    )
    person = browse("puxian.filer")
    answer = person.get("evidence-file", application.pk, row.pk)
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content) == PDF
    assert answer["Content-Disposition"].startswith("attachment")
    for name in ("xixian.filer", "puxian.clerk"):
        assert browse(name).get("evidence-file", application.pk, row.pk).status_code == 404
        assert browse(name).get("evidence-remove", application.pk, row.pk).status_code == 404
    refused = browse("puxian.submitter").post("evidence-remove", application.pk, row.pk)
    assert refused.status_code == 403
    assert "移除佐证材料" in person.get("evidence-remove", application.pk, row.pk).text
    assert person.post("evidence-remove", application.pk, row.pk).status_code == 302
    assert person.get("evidence-file", application.pk, row.pk).status_code == 404
    again = person.post("evidence-remove", application.pk, row.pk)
    assert again.status_code == 302
    assert StoredFile.objects.filter(pk=row.file_id).exists()


def test_the_same_content_stays_one(application: Application, filer: Actor) -> None:
    for _ in range(2):
        attach_evidence(
            actor=filer, application=application, criterion="market", title="证明", upload=pdf()
        )
    assert Evidence.objects.filter(application=application).count() == 1


def test_a_long_file_name_becomes_a_title_that_fits(application: Application, filer: Actor) -> None:
    row = attach_evidence(
        actor=filer,
        application=application,
        criterion="market",
        title="",
        upload=pdf(f"{'a' * 190}.pdf"),
    )
    row.refresh_from_db()
    assert row.title == "a" * 120
    assert row.file.name.endswith(".pdf")


def test_actions_refuse_the_submitter_and_other_filers(
    world: World, application: Application, filer: Actor
) -> None:
    row = attach_evidence(
        actor=filer, application=application, criterion="market", title="证明", upload=pdf()
    )
    for actor in (world.actor("puxian.submitter"), world.actor("xixian.filer")):
        with pytest.raises(Refused):
            save_answer(actor=actor, application=application, criterion="market", text="改")
        with pytest.raises(Refused):
            remove_evidence(actor=actor, application=application, evidence_id=row.pk)
        with pytest.raises(Refused):
            hand_over(actor=actor, application=application)
        with pytest.raises(Refused):
            save_overview(
                actor=actor, application=application, contact="", contact_phone="", summary=""
            )
        with pytest.raises(Refused):
            request_relaxation(
                actor=actor, application=application, condition="output", reason="想"
            )
        with pytest.raises(Refused):
            attach_evidence(
                actor=actor, application=application, criterion="market", title="", upload=pdf()
            )


def test_a_condition_without_relaxation_clause_is_refused(
    application: Application, filer: Actor
) -> None:
    with pytest.raises(ValidationError, match="没有规定这一条件可以放宽"):
        request_relaxation(
            actor=filer, application=application, condition="leading_enterprise", reason="想"
        )


# --- checking and handing over --------------------------------------------------------------------


def test_check_page_lists_what_is_missing_with_links(browse, application: Application) -> None:
    person = browse("puxian.filer")
    text = person.get("application-check", application.pk).text
    assert "还缺以下内容" in text
    assert f"/applications/{application.pk}/criteria/heritage/" in text
    answer = person.post("application-hand-over", application.pk)
    assert answer.status_code == 422
    assert "填写联系人。" in answer.text
    application.refresh_from_db()
    assert application.state == "draft"


def test_check_page_shows_everything(browse, complete: Application) -> None:
    text = browse("puxian.filer").get("application-check", complete.pk).text
    for words in ("张三", "26亿元", "蒲县肉牛专业镇企业11", "检验检测", "情况说明。", "内容已填齐"):
        assert words in text


def test_handing_over_and_back(browse, complete: Application) -> None:
    filer, submitter = browse("puxian.filer"), browse("puxian.submitter")
    assert filer.post("application-hand-over", complete.pk).status_code == 302
    complete.refresh_from_db()
    assert complete.state == "ready"
    assert (
        filer.post("application-overview", complete.pk, data={"contact": "改"}).status_code == 403
    )
    page = submitter.get("application-check", complete.pk).text
    assert "提交申报" in page
    assert "退回填报人" in page
    empty = submitter.post("application-send-back", complete.pk, data={"reason": " "})
    assert empty.status_code == 422
    assert "请写明退回原因" in empty.text
    answer = submitter.post("application-send-back", complete.pk, data={"reason": "产值请再核对"})
    assert answer.status_code == 302
    text = filer.get("application", complete.pk).text
    assert "提交人退回修改" in text
    assert "产值请再核对" in text
    filer.post("application-hand-over", complete.pk)
    assert filer.post("application-send-back", complete.pk).status_code == 302
    complete.refresh_from_db()
    assert complete.state == "draft"


def test_nothing_is_handed_over_after_the_deadline(
    complete: Application, filer: Actor, browse
) -> None:
    Round.objects.filter(pk=complete.round_id).update(closes_on=clock.today() - timedelta(days=1))
    with pytest.raises(Refused, match="已截止"):
        hand_over(actor=filer, application=complete)
    assert "不能再提交" in browse("puxian.filer").get("application", complete.pk).text


def test_only_a_waiting_application_is_given_back(world: World, complete: Application) -> None:
    submitter = world.actor("puxian.submitter")
    with pytest.raises(Refused, match="不在待提交状态"):
        send_back_to_filer(actor=submitter, application=complete, reason="早")


def test_offices_read_what_was_submitted_never_the_corrections(
    world: World, browse, complete: Application, filer: Actor
) -> None:
    row = attach_evidence(
        actor=filer, application=complete, criterion="market", title="证明", upload=pdf()
    )
    hand_over(actor=filer, application=complete)
    submit_application(actor=world.actor("puxian.submitter"), application=complete)
    # What was left empty is not about to begin.
    sent = browse("puxian.filer").get("application", complete.pk).text
    assert "没有填写" in sent
    assert "未开始" not in sent
    clerk = browse("puxian.clerk")
    assert clerk.get("application", complete.pk).status_code == 302
    file = clerk.get("evidence-file", complete.pk, row.pk)
    assert b"".join(file.streaming_content) == PDF
    Application.objects.filter(pk=complete.pk).update(state="returned", return_reason="补证明")
    complete.refresh_from_db()
    save_answer(actor=filer, application=complete, criterion="market", text="正在修改的文字")
    late = attach_evidence(
        actor=filer,
        application=complete,
        criterion="market",
        title="新证明",
        upload=pdf(content=PDF + b"2"),
    )
    page = clerk.get("application-check", complete.pk).text
    assert "情况说明。" in page
    assert "正在修改的文字" not in page
    assert clerk.get("evidence-file", complete.pk, late.pk).status_code == 404
    Application.objects.filter(pk=complete.pk).update(contact="正在修改的联系人")
    for page_name in ("application-submit", "application-receipt", "application-check"):
        assert "正在修改的联系人" not in clerk.get(page_name, complete.pk).text
    assert clerk.get("application-submit", complete.pk).status_code == 403
    assert clerk.post("application-submit", complete.pk).status_code == 403
    own = browse("puxian.filer").get("application", complete.pk).text
    assert "退回补正意见" in own
    assert "补证明" in own
    assert browse("xixian.clerk").get("application-check", complete.pk).status_code == 404


# --- queries --------------------------------------------------------------------------------------


def test_application_pages_cost_the_same_for_any_number_of_files(
    browse, complete: Application, filer: Actor
) -> None:
    person = browse("puxian.filer")
    row = attach_evidence(
        actor=filer, application=complete, criterion="market", title="证明", upload=pdf()
    )
    pages = [
        ("application", (complete.pk,)),
        ("application-criterion", (complete.pk, "market")),
        ("application-check", (complete.pk,)),
    ]
    for name, args in pages:
        person.get(name, *args)
    counts: dict[str, list[int]] = {}
    for extra in (0, 2, 47):
        if extra:
            multiply(row, extra)
        for name, args in pages:
            with CaptureQueriesContext(connection) as seen:
                assert person.get(name, *args).status_code == 200
            counts.setdefault(name, []).append(len(seen))
    assert max(max(found) for found in counts.values()) <= APPLICATION_QUERIES, counts
    assert all(len(set(found)) == 1 for found in counts.values()), counts


def test_lists_cost_the_same_for_any_number_of_rows(
    browse, world: World, application: Application
) -> None:
    person = browse("puxian.filer")
    counts: dict[str, list[int]] = {}
    for extra in (0, 2, 60):
        if extra:
            multiply(application, extra, state="'withdrawn'")
            multiply(world.rounds["province"], extra, key=f"t.key || '-{extra}-' || n")
        for name in ("applications", "rounds"):
            person.get(name)
            with CaptureQueriesContext(connection) as seen:
                assert person.get(name, extra="&at=last").status_code == 200
            counts.setdefault(name, []).append(len(seen))
    assert max(max(found) for found in counts.values()) <= LIST_QUERIES, counts
    assert all(len(set(found)) == 1 for found in counts.values()), counts
