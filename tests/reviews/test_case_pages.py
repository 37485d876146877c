"""The case pages as people use them: decisions, errors that keep what was typed, receipts."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from criteria.queries import spec_of
from portal.core import clock
from portal.core.actor import acting_seat
from portal.core.web import office_url
from reviews.actions.moving import Corrections
from reviews.models import Case
from tests import scenario
from tests.factories import World, client_of, make_world
from tests.reviews.asking import followed, get, post, text
from tests.scenario import convene, decide, draft_notice, drive, file, fresh, open_run
from towns.models import Application, Correction, TownFigure

pytestmark = pytest.mark.django_db
TYPED = "产值证明出自2024年，请补充<2025>年数据。"
ESCAPED = "产值证明出自2024年，请补充&lt;2025&gt;年数据。"


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def case(world: World) -> Case:
    return fresh(file(world, "province"))


# --- deciding -----------------------------------------------------------------------------------


def test_the_page_offers_the_outcomes_of_the_step(world: World, case: Case) -> None:
    clerk = world.actor("puxian.clerk")
    answer = get(clerk, "case", case.pk)
    form = answer.context["decision_form"]
    assert [key for key, _ in form.fields["outcome"].choices] == list(case.current.outcomes)
    assert "予以受理 —— 转入“县级推荐”，由本办公室另一名人员办理" in text(answer)
    assert f'name="run" value="{open_run(case).pk}"' in text(answer)
    assert f'name="acting_post" value="{acting_seat(clerk).pk}"' in text(answer)


def test_a_decision_moves_the_case_and_says_so(world: World, case: Case) -> None:
    page = followed(
        world.actor("puxian.clerk"),
        "case-decide",
        case.pk,
        outcome="accept",
        opinion="材料齐全",
        run=open_run(case).pk,
    )
    assert "“县级受理”已受理，现为“县级推荐”" in page
    assert "当前不由本岗位办理" in page
    assert fresh(case).step == "county_recommend"
    assert case.runs.get(step="county_accept").opinion == "材料齐全"


def test_an_error_keeps_what_was_typed(world: World, case: Case) -> None:
    clerk, run = world.actor("puxian.clerk"), open_run(case).pk
    answer = post(clerk, "case-decide", case.pk, outcome="reject", opinion=" ", run=run)
    assert answer.status_code == 422
    assert "选择“不予通过”时，请填写意见或理由。" in text(answer)
    assert answer.context["decision_form"]["outcome"].value() == "reject"
    answer = post(clerk, "case-decide", case.pk, opinion=TYPED, run=run)
    assert answer.status_code == 422
    assert ESCAPED in text(answer)
    assert "请选择办理结果" in text(answer)
    assert fresh(case).step == "county_accept"


def test_coming_second_says_who_decided_and_keeps_the_opinion(world: World, case: Case) -> None:
    run = open_run(case).pk
    decide(world, case, "accept")
    answer = post(
        world.actor("puxian.checker"),
        "case-decide",
        case.pk,
        outcome="return",
        opinion=TYPED,
        run=run,
    )
    page = text(answer)
    assert answer.status_code == 409
    assert "“县级受理”已由蒲县经办于" in page
    assert "结果为“已受理”，无需重复办理" in page
    assert ESCAPED in page
    assert fresh(case).step == "county_recommend"


def test_another_office_cannot_decide(world: World, case: Case) -> None:
    for name in ("linfen.clerk", "sx.office_director", "puxian.submitter", "puxian.signer"):
        answer = post(
            world.actor(name), "case-decide", case.pk, outcome="accept", run=open_run(case).pk
        )
        assert answer.status_code == 403
        assert "环节由" in text(answer) or "该环节由" in text(answer)
    assert fresh(case).step == "county_accept"


def test_a_collective_step_leads_to_its_own_page(world: World) -> None:
    case = drive(world, file(world, "county"), "meeting")
    clerk = world.actor("puxian.clerk")
    assert "decision_form" not in get(clerk, "case", case.pk).context
    meeting = convene(world, case)
    assert office_url(clerk, "meeting", meeting.pk) in text(get(clerk, "case", case.pk))
    answer = post(clerk, "case-decide", case.pk, outcome="approve", run=open_run(case).pk)
    assert answer.status_code == 422
    assert "请在对应的推荐名单、会议、公示或公文页面办理" in text(answer)


def test_the_signer_is_led_to_the_draft(world: World) -> None:
    case = drive(world, file(world, "county"), "issue")
    document = draft_notice(world, case)
    signer = world.actor("puxian.signer")
    assert office_url(signer, "document", document.pk) in text(get(signer, "case", case.pk))


@pytest.mark.parametrize("level", ["county", "city", "province"])
def test_every_step_has_its_page(world: World, level: str) -> None:
    case = file(world, level)
    for step in fresh(case).chain.steps:
        case = drive(world, case, step.key)
        actor = scenario.taker(world, case.office, step)
        answer = get(actor, "case", case.pk)
        assert answer.status_code == 200
        assert f"现在办理：{step.name}" in text(answer)
        states = [row["state"] for row in answer.context["steps"]]
        place = [row.key for row in case.chain.steps].index(step.key)
        assert states == ["done"] * place + ["current"] + ["todo"] * (len(states) - place - 1)
        assert "还剩" in text(answer)
    closed = drive(world, case)
    answer = (
        get(world.actor("puxian.filer"), "case", closed.pk)
        if level != "city"
        else get(world.actor("zezhou.filer"), "case", closed.pk)
    )
    assert {row["state"] for row in answer.context["steps"]} == {"done"}


def test_the_stepper_after_a_return(world: World) -> None:
    case = drive(world, file(world, "province"), "city_review")
    decide(world, case, "return", "补充材料")
    answer = get(world.actor("linfen.clerk"), "case", case.pk)
    steps = {row["name"]: row for row in answer.context["steps"]}
    assert steps["市级审核"]["state"] == "returned"
    assert steps["县级受理"]["state"] == "todo"
    assert steps["县级受理"]["note"] == "补正前的办理结果已失效"
    assert "补充材料" in text(get(world.actor("puxian.filer"), "case", case.pk))


# --- units, experts, scores ---------------------------------------------------------------------


def test_units_are_asked_and_answer(world: World) -> None:
    case = drive(world, file(world, "county"), "unit_opinions")
    clerk, unit = world.actor("puxian.clerk"), world.actor("puxian.member")
    assert unit.office is not None
    answer = post(clerk, "case-units", case.pk)
    assert answer.status_code == 422
    assert "请至少选择一个成员单位" in text(answer)
    answer = post(clerk, "case-units", case.pk, offices=[unit.office.pk], due_on="2020-01-02")
    assert "答复期限不能早于今天" in text(answer)
    assert "2020-01-02" in text(answer)
    page = followed(clerk, "case-units", case.pk, offices=[unit.office.pk])
    assert "已向 1 个成员单位征求意见" in page
    opinion = case.opinions.get()
    assert case.town_name in text(get(unit, "cases"))
    answer = post(unit, "opinion", case.pk, opinion.pk, verdict="disagree", text="")
    assert answer.status_code == 422
    assert "请写明具体意见" in text(answer)
    page = followed(unit, "opinion", case.pk, opinion.pk, verdict="disagree", text=TYPED)
    assert "会审意见已提交" in page
    assert case.town_name not in text(get(unit, "cases"))
    assert case.town_name in text(get(unit, "cases", query="&tab=all"))
    assert ESCAPED in text(get(clerk, "case", case.pk))
    decide(world, case, "conclude")
    assert get(unit, "opinion", case.pk, opinion.pk).status_code == 404
    assert "不再对评审单位和专家开放" in text(get(unit, "cases", query="&tab=all"))


def marks(case: Case, mark: str) -> dict[str, str]:
    """A full sheet with one mark throughout."""
    filled: dict[str, str] = {"comment": "总体较好"}
    for row in spec_of(case.application.criteria_set).criteria:
        filled |= {f"score_{row.key}": mark, f"reason_{row.key}": f"{row.title}理由"}
    return filled


def test_experts_are_assigned_and_score(world: World) -> None:
    case = drive(world, file(world, "county"), "expert_scoring")
    clerk, expert, second = (
        world.actor(f"puxian.{kind}") for kind in ("clerk", "expert", "expert2")
    )
    assert expert.post is not None
    assert second.post is not None
    followed(clerk, "case-experts", case.pk, experts=[expert.post.pk, second.post.pk])
    own, other = case.sheets.order_by("post_id")
    page = followed(
        expert, "sheet", case.pk, own.pk, action="save", score_scale="8.5", reason_market="待核"
    )
    assert "评分已暂存，尚未提交" in page
    assert 'value="8.5"' in page
    assert "待核" in page
    answer = post(expert, "sheet", case.pk, own.pk, action="submit", score_scale="十分")
    assert answer.status_code == 422
    assert 'value="十分"' in text(answer)
    answer = post(expert, "sheet", case.pk, own.pk, action="submit", **marks(case, "10.5"))
    assert "评分应在 0 到 10 之间" in text(answer)
    followed(expert, "sheet", case.pk, own.pk, action="submit", **marks(case, "8"))
    followed(second, "sheet", case.pk, other.pk, action="submit", **marks(case, "7"))
    answer = get(clerk, "case", case.pk)
    total = answer.context["score_rows"][-1]["cells"]
    count = len(spec_of(case.application.criteria_set).criteria)
    assert total[1:] == [Decimal(8) * count, Decimal(7) * count, Decimal("7.5") * count]
    assert "各条分值由本批次设定，文件未载明权重" in text(answer)


# --- submitting ---------------------------------------------------------------------------------


@pytest.fixture
def waiting(world: World) -> Application:
    return scenario.ready(world, "province")


def test_submitting_asks_for_the_promise_and_gives_a_receipt(
    world: World, waiting: Application
) -> None:
    submitter = world.actor("puxian.submitter")
    answer = get(submitter, "application-submit", waiting.pk)
    assert "本批次设定在 5 个工作日内答复" in text(answer)
    assert "accept_unmet" not in answer.context["form"].fields
    answer = post(submitter, "application-submit", waiting.pk)
    assert answer.status_code == 422
    assert "请先核对申报内容并勾选承诺" in text(answer)
    assert not Case.objects.exists()
    page = followed(submitter, "application-submit", waiting.pk, pledge="on")
    case = Case.objects.get()
    assert case.number in page
    assert f"现由{case.office.name}办理“县级受理”，期限" in page
    assert "申报已提交" in page
    again = followed(submitter, "application-submit", waiting.pk, pledge="on")
    assert f"受理编号 {case.number}，无需重复提交" in again
    assert Case.objects.count() == 1
    answer = get(submitter, "application-submit", waiting.pk)
    assert answer.status_code == 302
    assert "receipt" in answer["Location"]


def test_unmet_criteria_need_a_second_tick(world: World, waiting: Application) -> None:
    TownFigure.objects.filter(town=waiting.town, indicator__key="output_value").update(value=10)
    submitter = world.actor("puxian.submitter")
    answer = post(submitter, "application-submit", waiting.pk, pledge="on")
    assert answer.status_code == 422
    assert "存在未达到的条件，仍要提交" in text(answer)
    assert "产业集聚度高" in text(answer)
    assert not Case.objects.exists()
    followed(submitter, "application-submit", waiting.pk, pledge="on", accept_unmet="on")
    assert Case.objects.count() == 1


def test_a_correction_is_submitted_within_the_term_of_its_return(world: World) -> None:
    case = scenario.file(world, "county")
    scenario.decide(world, case, "return", "请补正", Corrections({"summary": "写清楚"}, 5))
    filing, submitter = case.application_id, world.actor("puxian.submitter")
    Application.objects.filter(pk=filing).update(state="ready")
    page = text(get(submitter, "application-submit", filing))
    assert "补正期限：" in page
    assert "（5 个工作日），还剩 5 个工作日。不受批次截止时间限制。" in page
    Correction.objects.update(due_on=clock.today() - timedelta(days=10))
    assert "提交后标明“逾期补正”" in text(get(submitter, "application-submit", filing))
    Correction.objects.update(due_on=None, days=None)
    assert "退回时没有设定" in text(get(submitter, "application-submit", filing))


def test_without_terms_the_receipt_says_so(world: World, waiting: Application) -> None:
    waiting.round.step_days = {}
    waiting.round.save()
    page = followed(world.actor("puxian.submitter"), "application-submit", waiting.pk, pledge="on")
    assert "办理时限未载明" in page


def test_the_filer_cannot_submit(world: World, waiting: Application) -> None:
    filer = world.actor("puxian.filer")
    assert "由该专业镇的提交人提交" in text(get(filer, "application-submit", waiting.pk))
    assert post(filer, "application-submit", waiting.pk, pledge="on").status_code == 403
    assert not Case.objects.exists()


def test_withdrawing_asks_first(world: World, case: Case) -> None:
    submitter = world.actor("puxian.submitter")
    assert office_url(submitter, "case-withdraw", case.pk) in text(get(submitter, "case", case.pk))
    assert post(submitter, "case-withdraw", case.pk, reason="").status_code == 422
    page = followed(submitter, "case-withdraw", case.pk, reason="产值有误")
    assert "已撤回" in page
    assert fresh(case).outcome == "withdrawn"
    assert get(submitter, "case-withdraw", case.pk).status_code == 403
    assert get(world.actor("puxian.clerk"), "case-withdraw", case.pk).status_code == 403


# --- the list -----------------------------------------------------------------------------------


def numbers(answer: Any) -> list[str]:
    """Numbers of the cases a list shows."""
    return [case.number for case in answer.context["page"].items]


def test_filters_and_search(world: World) -> None:
    puxian = fresh(file(world, "province"))
    zezhou = drive(world, file(world, "province", "zezhou"), "city_review")
    clerk = world.actor("sx.clerk")

    def found(query: str) -> list[str]:
        return numbers(get(clerk, "cases", query=f"&tab=all{query}"))

    both = [zezhou.number, puxian.number]
    assert found("") == both
    assert numbers(get(clerk, "cases")) == []
    assert found("&step=city_review") == [zezhou.number]
    assert found("&category=agriculture") == [puxian.number]
    assert found("&region=140500") == [zezhou.number]
    assert found("&level=city") == []
    assert found("&search=铸造") == [zezhou.number]
    assert found(f"&search={puxian.number.lower()}") == [puxian.number]
    assert found("&search=SX-") == both
    assert found("&search=没有") == []
    assert found("&standing=open&term=soon") == both
    Case.objects.filter(pk=puxian.pk).update(due_on="2020-01-02")
    assert found("&term=overdue") == [puxian.number]
    page = text(get(clerk, "cases", query="&tab=all&term=overdue"))
    assert "已逾期" in page
    decide(world, zezhou, "reject", "不符合")
    assert found("&standing=rejected") == [zezhou.number]
    page = text(get(clerk, "cases", query="&tab=all&step=nonsense&search=铸造"))
    assert "有的条件不能用，已略过" in page
    assert zezhou.number in page


def test_queues_and_neighbours(world: World) -> None:
    case = fresh(file(world, "province"))
    other = fresh(file(world, "county"))
    clerk = world.actor("puxian.clerk")
    assert numbers(get(clerk, "cases")) == [case.number, other.number]
    assert numbers(get(world.actor("puxian.checker"), "cases")) == [case.number, other.number]
    assert numbers(get(world.actor("puxian.signer"), "cases")) == []
    answer = get(clerk, "case", case.pk)
    assert answer.context["previous_url"] == ""
    assert answer.context["next_url"] == office_url(clerk, "case", other.pk)
    filer = world.actor("puxian.filer")
    answer = get(filer, "cases")
    assert numbers(answer) == [other.number, case.number]
    assert [tab["label"] for tab in answer.context["tabs"]] == ["我的办件"]


def test_an_empty_list_says_what_to_do(world: World) -> None:
    page = text(
        client_of(world.actor("sx.clerk")).get(office_url(world.actor("sx.clerk"), "cases"))
    )
    assert "没有待办办件" in page
    assert "查看全部办件" in page
