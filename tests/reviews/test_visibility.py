"""What each reader finds on a case: nothing, outcomes, the material, or the whole."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from criteria.queries import spec_of
from portal.core import clock
from reviews.actions import ask_units, assign_experts, give_opinion, save_scores
from reviews.models import Case, CaseGrant
from tests.factories import World, end_appointment, make_world
from tests.reviews.asking import get, post, text
from tests.scenario import decide, drive, file, fresh
from towns.models import Evidence, TownGrant

pytestmark = pytest.mark.django_db
OPINION = "建议暂缓，主导产业集中度不足"
REASON = "产值数据来源不清楚"
NOTE = "省级受理时的内部说明"
PHONE = "0357-5322000"


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def judged(world: World) -> Case:
    """A provincial case before the meeting, with a unit's opinion and an expert's marks."""
    case = drive(world, file(world, "province"), "province_accept")
    decide(world, case, "accept", NOTE)
    clerk, unit = world.actor("sx.clerk"), world.actor("sx.member")
    expert = world.actor("sx.expert")
    assert unit.office is not None
    assert expert.post is not None
    [opinion] = ask_units(actor=clerk, case_id=case.pk, office_ids=[unit.office.pk])
    give_opinion(
        actor=unit, case_id=case.pk, opinion_id=opinion.pk, verdict="disagree", text=OPINION
    )
    assert PHONE not in text(get(unit, "case", case.pk))
    assert get(unit, "opinion", case.pk, opinion.pk).status_code == 200
    decide(world, case, "conclude")
    [sheet] = assign_experts(actor=clerk, case_id=case.pk, post_ids=[expert.post.pk])
    save_scores(
        actor=expert,
        case_id=case.pk,
        sheet_id=sheet.pk,
        scores={
            row.key: (Decimal("6.5"), REASON)
            for row in spec_of(case.application.criteria_set).criteria
        },
        comment="总体评价：一般",
        submit=True,
    )
    return fresh(case)


@pytest.mark.parametrize("name", ["sx.clerk", "sx.leader"])
def test_the_certifying_office_sees_inside(world: World, judged: Case, name: str) -> None:
    page = text(get(world.actor(name), "case", judged.pk))
    for words in (OPINION, "总体评价：一般", "52", NOTE, "提交专家评分", PHONE):
        assert words in page


@pytest.mark.parametrize(
    "name", ["puxian.clerk", "linfen.office_director", "puxian.filer", "puxian.submitter"]
)
def test_lower_offices_and_the_town_see_what_was_released(
    world: World, judged: Case, name: str
) -> None:
    answer = get(world.actor(name), "case", judged.pk)
    page = text(answer)
    assert answer.status_code == 200
    for words in (
        OPINION,
        "总体评价",
        "评分汇总",
        NOTE,
        "专家评分表",
        REASON,
        "不同意",
        "山西省经办",
    ):
        assert words not in page
    assert "省级受理" in page
    assert "已受理" in page
    assert answer.context["timeline"]
    assert not any("评分" in entry["action"] for entry in answer.context["timeline"])


def test_the_town_reads_why_it_was_returned(world: World, judged: Case) -> None:
    decide(world, judged, "return", "请补充产值证明")
    for name in ("puxian.filer", "puxian.clerk"):
        page = text(get(world.actor(name), "case", judged.pk))
        assert "请补充产值证明" in page
        assert OPINION not in page


@pytest.mark.parametrize("name", ["xixian.clerk", "xixian.filer", "jincheng.clerk", "sx.expert2"])
def test_whoever_the_case_does_not_concern_gets_404(world: World, judged: Case, name: str) -> None:
    actor = world.actor(name)
    evidence = Evidence.objects.get(application=judged.application_id)
    assert get(actor, "case", judged.pk).status_code == 404
    assert get(actor, "case-evidence-file", judged.pk, evidence.pk).status_code == 404
    assert get(actor, "case-units", judged.pk).status_code == 404
    assert get(actor, "case-withdraw", judged.pk).status_code == 404
    assert get(actor, "application-receipt", judged.application_id).status_code == 404
    answer = post(actor, "case-decide", judged.pk, outcome="accept", run=1)
    assert answer.status_code == 404
    assert judged.number not in text(get(actor, "cases", query="&tab=all"))


def test_an_expert_reads_the_material_and_the_own_sheet(world: World, judged: Case) -> None:
    expert = world.actor("sx.expert")
    sheet = judged.sheets.get()
    page = text(get(expert, "case", judged.pk))
    assert "查看或修改评分" in page
    assert "情况属实" in page
    for words in (PHONE, "张联系", OPINION, NOTE, 'id="timeline"', "蒲县提交人"):
        assert words not in page
    assert get(expert, "sheet", judged.pk, sheet.pk).status_code == 200
    evidence = Evidence.objects.get(application=judged.application_id)
    answer = get(expert, "case-evidence-file", judged.pk, evidence.pk)
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content).startswith(b"%PDF")


def test_an_expert_never_opens_another_ones_sheet(world: World, judged: Case) -> None:
    clerk, second = world.actor("sx.clerk"), world.actor("sx.expert2")
    assert second.post is not None
    assign_experts(actor=clerk, case_id=judged.pk, post_ids=[second.post.pk])
    first_sheet = judged.sheets.order_by("pk").first()
    assert first_sheet is not None
    assert get(second, "sheet", judged.pk, first_sheet.pk).status_code == 404
    page = text(get(second, "case", judged.pk))
    assert REASON not in page
    assert get(clerk, "sheet", judged.pk, first_sheet.pk).status_code == 404


def test_a_unit_reads_its_own_opinion_only(world: World) -> None:
    case = drive(world, file(world, "county"), "unit_opinions")
    units = [world.actor(f"puxian.{name}") for name in ("member", "member2")]
    ids = [unit.office.pk for unit in units if unit.office is not None]
    own, other = ask_units(actor=world.actor("puxian.clerk"), case_id=case.pk, office_ids=ids)
    give_opinion(
        actor=units[1], case_id=case.pk, opinion_id=other.pk, verdict="disagree", text=OPINION
    )
    page = text(get(units[0], "case", case.pk))
    assert "本单位会审意见" in page
    assert PHONE not in page
    assert OPINION not in page
    assert get(units[0], "opinion", case.pk, own.pk).status_code == 200
    assert get(units[0], "opinion", case.pk, other.pk).status_code == 404
    assert get(world.actor("xixian.member"), "case", case.pk).status_code == 404


def test_an_expired_grant_gives_nothing(world: World, judged: Case) -> None:
    expert = world.actor("sx.expert")
    assert get(expert, "case", judged.pk).status_code == 200
    CaseGrant.objects.update(valid_to=clock.today() - timedelta(days=1))
    assert get(expert, "case", judged.pk).status_code == 404
    assert judged.number not in text(get(expert, "cases", query="&tab=all"))
    filer = world.actor("puxian.filer")
    TownGrant.objects.update(valid_to=clock.today() - timedelta(days=1))
    assert get(filer, "case", judged.pk).status_code == 404


def test_assigning_again_renews_an_expired_grant(world: World, judged: Case) -> None:
    expert = world.actor("sx.expert")
    assert expert.post is not None
    CaseGrant.objects.update(valid_to=clock.today() - timedelta(days=1))
    assign_experts(actor=world.actor("sx.clerk"), case_id=judged.pk, post_ids=[expert.post.pk])
    assert get(expert, "case", judged.pk).status_code == 200


def test_without_an_appointment_there_is_nothing(world: World, judged: Case) -> None:
    clerk = world.actor("sx.clerk")
    end_appointment(clerk)
    assert get(clerk, "case", judged.pk).status_code == 404


def test_only_declared_evidence_is_downloaded(world: World, judged: Case) -> None:
    """What a filer attaches while correcting is a draft until it is submitted."""
    clerk = world.actor("sx.clerk")
    row = Evidence.objects.get(application=judged.application_id)
    answer = get(clerk, "case-evidence-file", judged.pk, row.pk)
    assert answer["Content-Disposition"].startswith("attachment")
    assert b"".join(answer.streaming_content).startswith(b"%PDF")
    draft = Evidence.objects.create(
        application_id=judged.application_id, criterion="scale", title="草稿", file=row.file
    )
    assert get(clerk, "case-evidence-file", judged.pk, draft.pk).status_code == 404
