"""Sheets and sums where the set states its own points: maxima, bands, rubric, pass rule."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from criteria.assessment import assess
from criteria.models import CriteriaSet, Criterion
from criteria.queries import spec_of
from criteria.stored import to_json
from portal.core.web import office_url
from reviews.actions import assign_experts, save_scores
from reviews.chain import current_chain
from reviews.forms.rounds import RoundForm
from reviews.models import Case, ScoreSheet
from tests.factories import World, client_of, make_draft, make_round, make_world
from tests.reviews.asking import get, post, text
from tests.scenario import convene, drive, file
from towns.models import AssessmentRecord, RelaxationRequest

pytestmark = pytest.mark.django_db
YI = 100_000_000
BANDS = [
    {
        "indicator": "output_value",
        "categories": [],
        "steps": [["0", "10"], [str(10 * YI), "20"], [str(1000 * YI), "40"]],
    }
]
RUBRIC = [
    {"low": "0", "high": "30", "words": "特色一般"},
    {"low": "30", "high": "60", "words": "特色鲜明、<全国>知名"},
]


@pytest.fixture
def world() -> World:
    return make_world()


def publish(world: World, **fields: Any) -> CriteriaSet:
    """A published set of two criteria: 规模 by bands up to 40, 特色 by experts up to 60."""
    found = make_draft(world.offices["puxian"], "scored", **fields)
    found.criteria.update(score_max=40, score_mode="bands", bands=BANDS)
    Criterion.objects.create(
        criteria_set=found,
        key="special",
        ordinal=2,
        clause="二(二)",
        title="特色",
        text="特色鲜明。",
        nature="judgement",
        score_max=60,
        score_mode="expert",
        rubric=RUBRIC,
    )
    found.state, found.version = "published", 7
    found.save()
    return found


def scored_case(world: World, **fields: Any) -> Case:
    """A case at its expert scoring, filed in a round by such a set; the round sets no maximum."""
    found = publish(world, **fields)
    world.rounds["county"] = make_round(
        world.offices["puxian"], found, "county-scored", score_max=None
    )
    return drive(world, file(world, "county"), "expert_scoring")


def sheets_of(world: World, case: Case) -> list[ScoreSheet]:
    """A sheet for each of two experts."""
    experts = [world.actor("puxian.expert"), world.actor("puxian.expert2")]
    return assign_experts(
        actor=world.actor("puxian.clerk"),
        case_id=case.pk,
        post_ids=[row.post.pk for row in experts if row.post is not None],
    )


def hand_in(world: World, sheet: ScoreSheet, expert: str, mark: str) -> None:
    """A sheet with the one mark that is asked."""
    save_scores(
        actor=world.actor(f"puxian.{expert}"),
        case_id=sheet.case_id,
        sheet_id=sheet.pk,
        scores={"special": (Decimal(mark), "有理由")},
        comment="",
        submit=True,
    )


def test_a_sheet_asks_only_what_experts_mark_with_rubric_and_own_maximum(world: World) -> None:
    case = scored_case(world)
    sheet = sheets_of(world, case)[0]
    expert = world.actor("puxian.expert")
    answer = get(expert, "sheet", case.pk, sheet.pk)
    page = text(answer)
    assert set(answer.context["form"].fields) == {"comment", "score_special", "reason_special"}
    assert "0 到 60 分" in page
    assert "30～60 分" in page
    assert "特色鲜明、&lt;全国&gt;知名" in page
    assert "自动计分" in page
    assert "满分 40 分" in page
    assert "其中 1 条按数据分档自动计分，不用评分" in page


def test_a_mark_above_the_maximum_is_refused_beside_its_field(world: World) -> None:
    case = scored_case(world)
    sheet, expert = sheets_of(world, case)[0], world.actor("puxian.expert")
    answer = post(
        expert,
        "sheet",
        case.pk,
        sheet.pk,
        action="submit",
        score_special="60.5",
        reason_special="",
    )
    assert answer.status_code == 422
    assert answer.context["form"].errors["score_special"] == ["评分应在 0 到 60 之间。"]
    assert 'value="60.5"' in text(answer)
    hand_in(world, sheet, "expert", "60")
    sheet.refresh_from_db()
    assert sheet.submitted_at is not None


def test_nobody_marks_what_bands_give(world: World) -> None:
    case = scored_case(world)
    sheet = sheets_of(world, case)[0]
    with pytest.raises(ValidationError, match="没有这一条"):
        save_scores(
            actor=world.actor("puxian.expert"),
            case_id=case.pk,
            sheet_id=sheet.pk,
            scores={"scale": (Decimal(1), "有理由")},
            comment="",
            submit=False,
        )


def test_the_summary_adds_automatic_points_and_means_and_tells_the_rule(world: World) -> None:
    case = scored_case(world, pass_rule="points", pass_points=Decimal(60), digits=1)
    clerk = world.actor("puxian.clerk")
    before = get(clerk, "case", case.pk)
    assert before.context["score_rows"][-1]["cells"][-2] == "20.0"
    assert "特色尚无得分" in text(before)
    first, second = sheets_of(world, case)
    hand_in(world, first, "expert", "40.5")
    hand_in(world, second, "expert2", "50")
    answer = get(clerk, "case", case.pk)
    rows = [row["cells"] for row in answer.context["score_rows"]]
    assert [row[1] for row in rows] == ["40", "60", "100"]
    assert [row[-2] for row in rows] == ["20.0", "45.3", "65.3"]
    assert rows[1][2:4] == [Decimal("40.5"), Decimal(50)]
    page = text(answer)
    assert "总分 65.3 分，达到合格线 60 分。仅供审定参考。" in page
    assert "四舍五入，保留 1 位小数" in page
    assert Case.objects.get(pk=case.pk).step == "expert_scoring"


def test_unstated_rule_and_rounding_are_said_so(world: World) -> None:
    case = scored_case(world)
    page = text(get(world.actor("puxian.clerk"), "case", case.pk))
    assert "合格规则未载明，不作合格判断。" in page
    assert "得分保留小数位未载明" in page


def test_the_town_sees_no_totals(world: World) -> None:
    case = scored_case(world)
    first, _ = sheets_of(world, case)
    hand_in(world, first, "expert", "40")
    answer = get(world.actor("puxian.filer"), "case", case.pk)
    assert "score_rows" not in answer.context
    assert "评分汇总" not in text(answer)


def test_the_page_of_a_scored_case_stays_within_its_budget(world: World) -> None:
    case = scored_case(world)
    for sheet, expert in zip(sheets_of(world, case), ("expert", "expert2"), strict=True):
        hand_in(world, sheet, expert, "40")
    clerk = world.actor("puxian.clerk")
    client, address = client_of(clerk), office_url(clerk, "case", case.pk)
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    assert len(captured) <= 20


def test_a_set_with_its_own_maxima_leaves_the_round_nothing_to_set(world: World) -> None:
    publish(world)
    chain = current_chain("county")
    own = RoundForm(chain=chain, criteria_sets=CriteriaSet.objects.filter(key="scored"))
    assert "score_max" not in own.fields
    mixed = RoundForm(chain=chain, criteria_sets=CriteriaSet.objects.filter(level="county"))
    assert "以标准为准" in mixed.fields["score_max"].help_text


def test_the_explanation_is_a_paper_with_what_is_needed_to_file_it(world: World) -> None:
    case = scored_case(world)
    page = text(get(world.actor("puxian.clerk"), "case-explanation", case.pk))
    application = case.application
    for part in (
        case.number,
        application.snapshot_sha256,
        "第 7 版",
        "测政办发〔2026〕8号",
        "二(一)",
        "主导产业产值10亿元以上。",
        "总体情况",
    ):
        assert part in page
    expert = world.actor("puxian.expert")
    assert client_of(expert).get(office_url(expert, "case-explanation", case.pk)).status_code == 404
    sheets_of(world, case)
    masked = text(get(expert, "case-explanation", case.pk))
    assert "总体情况" in masked
    assert application.contact_phone not in masked


def test_the_meeting_reads_what_is_open_close_and_asked_for(world: World) -> None:
    case = drive(world, file(world, "province"), "meeting")
    application = case.application
    spec = spec_of(application.criteria_set)
    scale = next(
        item
        for row in spec.criteria
        for item in row.conditions
        if row.key == "scale" and application.category in item.categories
    )
    values = {scale.figure: scale.threshold - 1}
    verdicts = assess(
        spec, application.category, values, answered=[row.key for row in spec.criteria]
    )
    AssessmentRecord.objects.filter(application=application).update(verdicts=to_json(verdicts))
    RelaxationRequest.objects.create(
        application=application, condition=scale.key, reason="上年受灾<减产>"
    )
    meeting = convene(world, case)
    clerk = world.actor("sx.clerk")
    client, address = client_of(clerk), office_url(clerk, "meeting", meeting.pk)
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        page = client.get(address).content.decode()
    assert len(captured) <= 20
    for part in ("会议材料", "还差 1元", "接近标准", "上年受灾&lt;减产&gt;", "待会议审定"):
        assert part in page, part
