"""Asking for corrections on its page and in a meeting; what both sides read; filing again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.core import clock
from portal.core.calendar import add_working_days, late_words, working_days_between
from portal.core.errors import Refused
from portal.core.formatting import cn_date
from reviews.actions import save_phrase, withdraw_application
from reviews.actions.moving import Corrections
from reviews.models import Case
from reviews.queries import stored_verdicts
from tests import scenario
from tests.factories import World, make_world
from tests.reviews.asking import followed, get, post, text
from tests.reviews.test_returns import resubmit
from tests.scenario import convene, decide, drive, file, fresh, open_run
from towns.actions import start_application
from towns.actions.drafting import save_section
from towns.actions.prefilling import copy_application
from towns.models import Application, Correction, Round, TownFigure

pytestmark = pytest.mark.django_db
TYPED = "概述与附件<3>不一致"
ESCAPED = "概述与附件&lt;3&gt;不一致"


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def case(world: World) -> Case:
    return fresh(file(world, "province"))


def form_of(case: Case, **data: Any) -> dict[str, Any]:
    return {"run": open_run(case).pk, "opinion": "请按要求补正。", "days": "10", **data}


# --- asking ---------------------------------------------------------------------------------------


def test_the_decision_leads_to_the_page_with_the_opinion_typed(world: World, case: Case) -> None:
    clerk, run = world.actor("puxian.clerk"), open_run(case).pk
    answer = post(clerk, "case-decide", case.pk, outcome="return", opinion=TYPED, run=run)
    page = text(answer)
    assert answer.status_code == 200
    assert ESCAPED in page and "需要补正的内容" in page
    assert fresh(case).state == "open"
    for words in ("基本情况", "年度数据", "企业名单", "公共服务功能", "申报请示"):
        assert f"<summary>{words}" in page
    assert "现为：张联系" in page and "现为：12 家：" in page
    due = add_working_days(clock.today(), 7)
    assert f"7 个工作日（{cn_date(due)}前）" in page


def test_sections_and_fields_are_asked_for_each_with_its_words(world: World, case: Case) -> None:
    clerk = world.actor("puxian.clerk")
    page = followed(
        clerk,
        "case-return",
        case.pk,
        **form_of(
            case,
            section=["facts"],
            field=["enterprises", "figures.2025.revenue"],
            **{"wanted:facts": TYPED, "wanted:contact": "换成经办人", "wanted:enterprises": ""},
        ),
    )
    year = case.round.figures_year
    assert "已退回补正，要求补正 5 项" in page
    correction = Correction.objects.get(application=case.application_id)
    assert {item.path: item.reason for item in correction.items.all()} == {
        "contact": "换成经办人",
        "contact_phone": TYPED,
        "summary": TYPED,
        f"figures.{year}.revenue": "",
        "enterprises": "",
    }
    assert (correction.days, correction.due_on) == (10, add_working_days(clock.today(), 10))
    assert "第 1 次补正" in page and ESCAPED in page and cn_date(correction.due_on) in page


def test_errors_and_searches_keep_what_was_ticked_and_typed(world: World, case: Case) -> None:
    clerk = world.actor("puxian.clerk")
    data = form_of(case, opinion=" ", **{"wanted:answers.heritage": TYPED})
    answer = post(clerk, "case-return", case.pk, **data)
    page = text(answer)
    assert answer.status_code == 422
    assert "请至少选择一项需要补正的内容。" in page and "请填写总的补正意见。" in page
    assert ESCAPED in page
    data |= {"field": ["answers.heritage"], "days": "99"}
    answer = post(clerk, "case-return", case.pk, **data)
    assert answer.status_code == 422
    assert 'value="answers.heritage" checked' in text(answer)
    answer = post(clerk, "case-return", case.pk, **data, do="find", find="联系电话")
    page = text(answer)
    assert answer.status_code == 200 and "包含“联系电话”的内容" in page
    assert 'value="answers.heritage" checked' in page and ESCAPED in page
    shown = page.split('<div class="ask-row" data-ask-row')[1:]
    assert sum(not part.startswith(" hidden") for part in shown) == 2
    assert fresh(case).state == "open" and not Correction.objects.exists()


def test_the_page_has_phrases_and_names_what_is_not_met(world: World, case: Case) -> None:
    clerk = world.actor("puxian.clerk")
    phrase = save_phrase(actor=clerk, text="请补充<佐证>材料。")
    page = text(get(clerk, "case-return", case.pk))
    assert "未达到或者缺数据的条款" in page and "请补充&lt;佐证&gt;材料。" in page
    # What is always judged is marked on its section; what is not met stands on top, with its link.
    assert "数据条件没有未达到的" in page and "需评议" in page and "#criterion-" not in page
    TownFigure.objects.filter(town=world.towns["xixian"]).update(value=1)
    low = fresh(file(world, "province", "xixian"))
    unmet = [row for row in stored_verdicts(low) if row.status == "not_met"]
    shown = text(get(world.actor("xixian.clerk"), "case-return", low.pk))
    assert unmet and all(f"#criterion-{row.key}" in shown for row in unmet)
    data = form_of(case, field=["summary"], opinion=TYPED, phrase=f"{phrase.pk}:opinion")
    answer = post(clerk, "case-return", case.pk, **data, **{"wanted:summary": "写明面积"})
    page = text(answer)
    assert answer.status_code == 200 and fresh(case).state == "open"
    assert f"{ESCAPED}\n请补充&lt;佐证&gt;材料。" in page
    assert 'value="写明面积"' in page and "已选 1 项" in page


def test_who_comes_second_keeps_the_opinion(world: World, case: Case) -> None:
    data = form_of(case, field=["summary"], opinion=TYPED)
    decide(world, case, "accept")
    answer = post(world.actor("puxian.office_director"), "case-return", case.pk, **data)
    assert answer.status_code == 409 and ESCAPED in text(answer)
    assert get(world.actor("sx.clerk"), "case-return", case.pk).status_code in (302, 403)


def test_a_meeting_names_sections(world: World) -> None:
    case = drive(world, file(world, "county"), "meeting")
    clerk, meeting = world.actor("puxian.clerk"), convene(world, case)
    [item] = meeting.items.all()
    page = text(get(clerk, "meeting", meeting.pk))
    assert "退回补正的，在此勾选补正的部分" in page
    data: dict[str, Any] = {
        f"result_{item.pk}": "return",
        f"opinion_{item.pk}": "请补充",
        f"sections_{item.pk}": ["facts", "request"],
        f"days_{item.pk}": "5",
        "minutes": "退回。",
    }
    assert post(clerk, "meeting", meeting.pk, **data).status_code == 302
    correction = Correction.objects.get(application=case.application_id)
    paths = [row.path for row in correction.items.all()]
    assert paths == ["contact", "contact_phone", "summary", "request"]
    assert correction.days == 5


# --- what both sides read -------------------------------------------------------------------------


def test_old_and_new_stand_side_by_side_on_both_sides(world: World, case: Case) -> None:
    clerk, filer = world.actor("puxian.clerk"), world.actor("puxian.filer")
    asked = Corrections({"summary": TYPED, "contact": "", "answers.heritage": ""}, 5)
    decide(world, case, "return", "请补正", asked)
    application = Application.objects.get(pk=case.application_id)
    page = text(get(filer, "application", application.pk))
    assert "第 1 次退回补正" in page and ESCAPED in page and "只有以下 3 项可以修改" in page
    for name, typed in (("summary", "改写后的概述"), ("contact", "王联系")):
        save_section(
            actor=filer, application=application, key="facts", opened=None, typed={name: typed}
        )
    office = text(get(clerk, "application-corrections", application.pk))
    assert "待补正" in office and "改写后的概述" not in office
    later = add_working_days(clock.today(), 5) + timedelta(days=1)
    with clock.at(later):
        page = text(get(clerk, "case", case.pk))
        assert "补正逾期" in page and "文件未载明逾期如何处理" in page
        listed = text(get(clerk, "cases", query="&tab=all&term=correction"))
        late = late_words(working_days_between(later - timedelta(days=1), later))
        assert case.town_name in listed and f"补正{late.removeprefix('已')}" in listed
    assert (
        case.town_name
        not in text(get(clerk, "cases", query="&tab=all&term=correction")).split("<tbody>")[-1]
    )

    again = resubmit(world, application)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        page = text(get(clerk, "case", case.pk))
    assert len(queries) <= 60
    assert "补正前各环节的办理结果已失效" in page and "从“县级受理”重新办理" in page
    assert "<del>张</del>联系" in page and "<ins>王</ins>联系" in page
    assert "要求补正的 3 项中，有 1 项没有改动" in page and "未改动" in page
    for actor in (clerk, filer, world.actor("sx.clerk")):
        page = text(get(actor, "application-corrections", application.pk))
        assert "<ins>王</ins>联系" in page and "已补正" in page
    decide(world, again, "return", "再补正", Corrections({"contact_phone": ""}))
    page = text(get(filer, "application-corrections", application.pk))
    assert "第 2 次补正" in page and "第 1 次补正" in page and "退回时没有设定" in page
    assert page.index("第 2 次补正") < page.index("第 1 次补正")


def test_a_late_answer_is_taken_and_marked(world: World, case: Case) -> None:
    clerk = world.actor("puxian.clerk")
    decide(world, case, "return", "请补正", Corrections({"summary": ""}, 1))
    late = timezone.localdate() + timedelta(days=20)
    with clock.at(late):
        again = resubmit(world, Application.objects.get(pk=case.application_id))
    assert (again.state, again.step) == ("open", "county_accept")
    page = text(get(clerk, "case", case.pk))
    assert page.count("逾期补正") >= 2


def test_experts_and_units_read_nothing_of_it(world: World, case: Case) -> None:
    decide(world, case, "return", "请补正", Corrections({"summary": TYPED}))
    resubmit(world, Application.objects.get(pk=case.application_id))
    case = drive(world, case, "expert_scoring")
    clerk, expert = world.of_office(case.office, "clerk"), world.actor("sx.expert")
    assert expert.post is not None
    scenario.assign_experts(actor=clerk, case_id=case.pk, post_ids=[expert.post.pk])
    page = text(get(expert, "case", case.pk))
    assert case.number in page and "补正" not in page
    assert get(expert, "application-corrections", case.application_id).status_code == 404


# --- taking back and filing again -----------------------------------------------------------------


@pytest.mark.parametrize("state", ["submitted", "returned"])
def test_withdrawn_and_filed_again_from_it(world: World, case: Case, state: str) -> None:
    if state == "returned":
        decide(world, case, "return", "请补正", Corrections({"summary": ""}, 5))
    submitter, filer = world.actor("puxian.submitter"), world.actor("puxian.filer")
    withdraw_application(actor=submitter, case_id=case.pk, reason="重新整理")
    assert not Correction.objects.filter(resolved_at=None).exists()
    assert "可由填报人以这份材料为基础重新申报" in text(get(submitter, "case", case.pk))
    page = text(get(filer, "application", case.application_id))
    assert "以这份材料为基础重新申报" in page
    town = case.application.town
    begin = get(
        filer, "application-start", town.pk, case.round_id, query=f"&from={case.application_id}"
    )
    assert begin.context["form"]["begin"].value() == str(case.application_id)
    made = copy_application(
        actor=filer, town=town, call=case.round, source=case.application, evidence=True
    ).application
    assert made.pk != case.application_id and made.copied_from_id == case.application_id
    assert (made.state, made.number, made.revision) == ("draft", "", 0)
    assert "打开重新申报的材料" in text(get(filer, "application", case.application_id))
    second = resubmit(world, _filled(world, made, case))
    assert second.pk != case.pk and second.number not in ("", case.number)
    assert fresh(case).outcome == "withdrawn"
    assert get(filer, "application-corrections", made.pk).status_code == 200


def _filled(world: World, made: Application, case: Case) -> Application:
    filer = world.actor("puxian.filer")
    for criterion in case.application.answers.all():
        save_section(
            actor=filer,
            application=made,
            key=f"criterion.{criterion.criterion}",
            opened=None,
            typed={"text": criterion.text},
        )
    facts = {"contact": "张联系", "contact_phone": "0357-5322001", "summary": "概述"}
    save_section(actor=filer, application=made, key="facts", opened=None, typed=facts)
    return made


def test_after_closing_nothing_is_filed_again(world: World, case: Case) -> None:
    withdraw_application(actor=world.actor("puxian.submitter"), case_id=case.pk, reason="重新整理")
    filer, town = world.actor("puxian.filer"), case.application.town
    Round.objects.filter(pk=case.round_id).update(closes_on=clock.today() - timedelta(days=1))
    call = Round.objects.select_related("office__region").get(pk=case.round_id)
    with pytest.raises(Refused, match="已截止"):
        start_application(actor=filer, town=town, call=call)
    page = text(get(filer, "case", case.pk))
    assert "不能重新申报" in page and "已截止" in page


def test_a_field_without_words_of_its_own_is_marked_with_the_general_opinion(
    world: World, case: Case
) -> None:
    key = case.application.answers.earliest("pk").criterion
    year = case.round.figures_year
    paths = ("contact", f"answers.{key}", f"evidence.{key}", "functions.testing")
    asked = dict.fromkeys((*paths, f"figures.{year}.revenue"), "")
    case = decide(world, case, "return", "请全面核对", Corrections(asked, 5))
    filer, words = world.actor("puxian.filer"), "见退回补正意见：请全面核对"
    for name, args, marks in (
        ("application-overview", (), 1),
        ("application-criterion", (key,), 2),
        ("application-section", ("functions",), 1),
        ("application-section", ("figures",), 1),
    ):
        page = text(get(filer, name, case.application_id, *args))
        assert page.count(words) == marks, (name, page.count(words))
        assert "要求补正" in page
