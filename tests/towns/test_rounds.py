"""Rounds: who sees them, what they leave 未载明, who opens them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.core import clock
from reviews.chain import current_chain
from tests.factories import World
from towns.models import Round

pytestmark = pytest.mark.django_db


def typed(world: World, level: str, **changes: object) -> dict[str, object]:
    """A new round as typed, with everything that is asked for."""
    today = clock.today()
    return {
        "title": "新的一批",
        "key": "new-round",
        "year": today.year,
        "figures_year": today.year - 1,
        "criteria_set": world.rounds[level].criteria_set_id,
        "opens_on": today.isoformat(),
        "closes_on": (today + timedelta(days=20)).isoformat(),
        **changes,
    }


@pytest.mark.parametrize("name", ["puxian.filer", "puxian.clerk", "sx.clerk"])
def test_list_and_page(world: World, browse, name: str) -> None:
    call = world.rounds["province"]
    assert call.title in browse(name).get("rounds").text
    page = browse(name).get("round", call.pk)
    assert page.status_code == 200
    assert "晋政办发〔2022〕80号" in page.text
    assert "省级受理" in page.text
    closed = browse(name).get("rounds", extra="&state=closed").text
    assert call.title not in closed


def test_a_round_elsewhere_is_404(world: World, browse) -> None:
    assert browse("puxian.filer").get("round", world.rounds["city"].pk).status_code == 404
    assert browse("xixian.clerk").get("round", world.rounds["county"].pk).status_code == 404


def test_what_is_not_set_is_said_to_be_unstated(world: World, browse) -> None:
    call = world.rounds["county"]
    Round.objects.filter(pk=call.pk).update(score_max=None, notice_days=None, step_days={})
    text = browse("puxian.clerk").get("round", call.pk).text
    assert text.count("未载明") >= 2 + len(current_chain("county").steps)


def test_clerk_opens_a_round(world: World, browse) -> None:
    clerk = browse("puxian.clerk")
    assert clerk.get("round-new").status_code == 200
    answer = clerk.post(
        "round-new", data=typed(world, "county", days_county_accept="5", score_max="10")
    )
    assert answer.status_code == 302
    call = Round.objects.get(key="new-round")
    assert (call.level, call.chain_key) == ("county", "certification_county")
    assert call.step_days == {"county_accept": 5}
    assert call.score_max == 10
    assert call.notice_days is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": ""}, "title"),
        ({"closes_on": "2020-01-01"}, ""),
        ({"opens_on": "下周一"}, "opens_on"),
        ({"days_meeting": "零"}, "days_meeting"),
        ({"key": "county-now"}, "key"),
    ],
)
def test_bad_input_is_told_and_kept(
    world: World, browse, changes: dict[str, str], field: str
) -> None:
    data = typed(world, "county", note="写好的说明", **changes)
    answer = browse("puxian.clerk").post("round-new", data=data)
    assert answer.status_code == 422
    assert "写好的说明" in answer.text
    assert "error-summary" in answer.text
    if field:
        assert f'id="id_{field}_error"' in answer.text
    assert not Round.objects.filter(title="新的一批").exists()


def test_criteria_of_another_level_are_not_offered(world: World, browse) -> None:
    data = typed(world, "province")
    answer = browse("puxian.clerk").post("round-new", data=data)
    assert answer.status_code == 422
    assert 'id="id_criteria_set_error"' in answer.text


def test_an_expired_document_opens_no_round(world: World, browse) -> None:
    """晋市政办〔2023〕39号 ran to the end of 2025."""
    clerk = browse("jincheng.clerk")
    assert "没有可用的认定标准" in clerk.get("round-new").text
    assert clerk.post("round-new", data=typed(world, "city")).status_code == 422
    assert not Round.objects.filter(key="new-round").exists()


@pytest.mark.parametrize("name", ["puxian.filer", "jincheng.checker", "sx.expert", "sx.leader"])
def test_others_do_not_open_rounds(browse, name: str) -> None:
    assert browse(name).get("round-new").status_code == 403
