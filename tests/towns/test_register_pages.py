"""Pages of the register of towns: who sees them, what they say, what they do with what is typed."""

from __future__ import annotations

from datetime import date, timedelta
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.core import clock
from portal.core.actor import SYSTEM, acting_seat
from portal.core.files import store_bytes
from portal.core.ledger import chain_of
from portal.core.models import LedgerEntry
from portal.core.web import office_url
from tests.factories import World, client_of, make_town, multiply
from tests.papers import PDF
from towns.actions import move_stage, register_town, rename_town
from towns.models import (
    Certification,
    Membership,
    StageMove,
    Town,
    TownChange,
    TownFigure,
    TownPaper,
)

pytestmark = pytest.mark.django_db

SOURCE = "蒲政发〔2026〕3号"
TODAY = clock.today()
CHANGES = ("amend", "stage", "rename", "merge", "split", "strike-off")
TABS = ("town", "town-filings", "town-papers", "town-history")
TOWN_QUERIES = 25


@pytest.fixture
def town(world: World) -> Town:
    """A town entered by the portal, with a history."""
    clerk = world.actor("puxian.clerk")
    town = register_town(
        actor=clerk,
        county=world.regions["141033"],
        name="蒲县核桃专业镇",
        industry="核桃",
        category="agriculture",
        source=SOURCE,
        on=TODAY - timedelta(days=300),
    )
    move_stage(
        actor=clerk,
        town=town,
        stage="cultivating",
        on=TODAY - timedelta(days=200),
        reason="列入年度培育计划",
    )
    rename_town(
        actor=clerk,
        town=town,
        name="蒲县干果专业镇",
        on=TODAY - timedelta(days=100),
        source="蒲政发〔2026〕9号",
    )
    return Town.objects.get(pk=town.pk)


def paper(town: Town, **fields: object) -> TownPaper:
    values: dict[str, object] = {
        "kind": "policy",
        "title": "蒲县肉牛专业镇“一镇一策”",
        "number": "蒲专镇办发〔2026〕1号",
        **fields,
    }
    return TownPaper.objects.create(
        town=town,
        file=store_bytes(PDF, "一镇一策.pdf", "application/pdf", SYSTEM),
        created_at=clock.now(),
        **values,
    )


# --- the tabs -------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["puxian.filer", "puxian.submitter", "puxian.leader", "sx.clerk"])
@pytest.mark.parametrize("tab", TABS)
def test_whoever_sees_the_town_sees_its_pages(world: World, browse, who: str, tab: str) -> None:
    page = browse(who).get(tab, world.towns["puxian"].pk)
    assert page.status_code == 200
    assert 'aria-current="page"' in page.text


@pytest.mark.parametrize("who", ["xixian.clerk", "xixian.filer", "jincheng.signer", "sx.expert"])
def test_strangers_get_404(world: World, browse, who: str) -> None:
    town, person = world.towns["puxian"], browse(who)
    kept = paper(town)
    for name in (*TABS, *(f"town-{name}" for name in CHANGES), "paper-add"):
        assert person.get(name, town.pk).status_code == 404, name
        assert person.post(name, town.pk).status_code in (404, 405), name
    assert person.get("paper-withdraw", town.pk, kept.pk).status_code == 404


def test_overview_says_how_the_town_stands(world: World, browse, town: Town) -> None:
    page = browse("puxian.clerk").get("town", town.pk).text
    for words in (
        "蒲县核桃专业镇（至",
        "列入年度培育计划",
        "晋政办发〔2022〕80号",
        "蒲政办发〔2023〕1号",
        "没有现行标准",
        "同登记类别",
        "未填报",
        "0 / 8 项",
        "龙头 0，骨干 0，配套 0",
        "退出培育库",
    ):
        assert words in page, words
    home = browse("puxian.clerk").get("town", world.towns["puxian"].pk).text
    assert "26亿元" in home
    assert "龙头 1，骨干 0，配套 11" in home
    assert "<svg" in home


def test_overview_says_when_a_category_is_not_in_the_levels_list(
    world: World, browse, town: Town
) -> None:
    Town.objects.filter(pk=town.pk).update(category="light_craft")
    page = browse("puxian.clerk").get("town", town.pk).text
    assert page.count("不在该标准所列类别之内") == 1  # the county's list has no 特色轻工


@pytest.mark.parametrize("who", ["puxian.filer", "puxian.checker"])
def test_only_who_keeps_the_register_is_offered_its_changes(world: World, browse, who: str) -> None:
    town, person = world.towns["puxian"], browse(who)
    assert "退出培育库" not in person.get("town", town.pk).text
    assert "添加文件" not in person.get("town-papers", town.pk).text
    for name in CHANGES:
        page = person.get(f"town-{name}", town.pk)
        assert page.status_code == 403
        assert "上级领导小组办公室" in page.text or "领导小组办公室主任" in page.text


def test_filings_show_documents_of_the_time_before_the_portal(world: World, browse) -> None:
    town = world.towns["puxian"]
    scan = store_bytes(PDF, "名单.pdf", "application/pdf", SYSTEM)
    row = Certification.objects.create(
        town=town,
        level="city",
        scope_code=town.scope_code,
        town_name="蒲县牛业专业镇",
        category=town.category,
        industry=town.industry,
        year=2022,
        valid_from=date(2022, 12, 5),
        source_title="关于公布2022年度市级专业镇名单的通知",
        source_number="临专镇办发〔2022〕2号",
        source_on=date(2022, 12, 1),
        source_file=scan,
    )
    person = browse("puxian.filer")
    page = person.get("town-filings", town.pk).text
    for words in (row.source_title, row.source_number, "成文日期 2022-12-01", "蒲县牛业专业镇"):
        assert words in page
    assert f"/files/{scan.pk}/" in page
    sent = person.get("file-download", scan.pk)
    assert b"".join(sent) == PDF
    assert browse("xixian.filer").get("file-download", scan.pk).status_code == 404


def test_history_tells_names_stages_changes_and_entries(world: World, browse, town: Town) -> None:
    page = browse("puxian.clerk").get("town-history", town.pk).text
    for words in (
        "“蒲县核桃专业镇”更名为“蒲县干果专业镇”",
        "依据：蒲政发〔2026〕9号",
        "列入年度培育计划",
        "登记专业镇蒲县核桃专业镇",
        "查看台账",
    ):
        assert words in page, words
    old = (TODAY - timedelta(days=150)).isoformat()
    then = browse("puxian.clerk").get("town-history", town.pk, extra=f"&on={old}").text
    assert "<dd>蒲县核桃专业镇</dd>" in then
    assert "<dd>培育</dd>" in then
    before = (TODAY - timedelta(days=301)).isoformat()
    nothing = browse("puxian.clerk").get("town-history", town.pk, extra=f"&on={before}").text
    assert "<dd>不在册</dd>" in nothing
    wrong = browse("puxian.clerk").get("town-history", town.pk, extra="&on=明天")
    assert wrong.status_code == 200


def test_history_names_nobody_above_to_those_below(world: World, browse, town: Town) -> None:
    above = world.actor("sx.clerk")
    move_stage(actor=above, town=town, stage="applying", on=TODAY, reason="推荐申报")
    assert above.name in browse("sx.clerk").get("town-history", town.pk).text
    assert above.name not in browse("puxian.clerk").get("town-history", town.pk).text


# --- entering and changing ------------------------------------------------------------------------


def typed(**changes: str) -> dict[str, str]:
    return {
        "county": "141033",
        "name": "蒲县连翘专业镇",
        "industry": "连翘",
        "products": "连翘茶",
        "category": "agriculture",
        "lead_bureau": "蒲县农业农村局",
        "source": SOURCE,
        "on": TODAY.isoformat(),
        "reason": "",
        **changes,
    }


def test_a_town_is_entered_from_its_page(world: World, browse) -> None:
    clerk = browse("puxian.clerk")
    form = clerk.get("town-new").text
    assert '<option value="141033" selected>蒲县</option>' in form
    assert "泽州县" not in form
    above = browse("sx.clerk").get("town-new").text
    assert "泽州县" in above
    assert "产业跨及其他县" not in above
    further = world.regions["141031"].pk
    answer = clerk.post("town-new", data={**typed(), "further_counties": str(further)})
    town = Town.objects.get(name="蒲县连翘专业镇")
    assert answer.status_code == 302
    assert f"/towns/{town.pk}/" in answer["Location"]
    assert [row.name for row in town.further_counties.all()] == ["隰县"]
    again = clerk.post("town-new", data=typed())
    assert again.status_code == 422
    assert "已有名为“蒲县连翘专业镇”" in again.text
    assert 'value="连翘茶"' in again.text


def test_whoever_gives_a_town_to_posts_finds_it_on_its_page(
    world: World, browse, town: Town
) -> None:
    director = browse("puxian.office_director")
    text = director.get("town", town.pk).text
    post = acting_seat(world.actor("puxian.filer"))
    link = office_url(world.actor("puxian.office_director"), "town-grant", post.pk)
    assert unescape(text).count(f"{link}&town={town.pk}") == 1
    assert "由谁填报" in text and 'href="#filling"' in text
    form = client_of(world.actor("puxian.office_director")).get(f"{link}&town={town.pk}")
    assert f'<option value="{town.pk}" selected>' in form.content.decode()
    clerk = browse("puxian.clerk")
    made = clerk.post("town-new", data=typed())
    told = clerk.client.get(made["Location"]).content.decode()
    assert "下一步：蒲县连翘专业镇的填报授权由蒲县领导小组办公室主任、副主任办理" in told
    assert "由谁填报" in told and "授权填报</a>" not in told
    assert "由谁填报" not in browse("puxian.filer").get("town", world.towns["puxian"].pk).text


def test_a_county_outside_is_no_choice(world: World, browse) -> None:
    answer = browse("linfen.clerk").post("town-new", data=typed(county="140525"))
    assert answer.status_code == 422
    assert "不在您的辖区内" in answer.text
    assert browse("puxian.leader").get("town-new").status_code == 403


def test_facts_are_amended_with_categories_by_level(world: World, browse, town: Town) -> None:
    clerk = browse("puxian.clerk")
    form = clerk.get("town-amend", town.pk).text
    assert 'name="category_city"' in form
    data = {**typed(), "category_county": "culture_tourism", "category_city": ""}
    assert clerk.post("town-amend", town.pk, data=data).status_code == 302
    town.refresh_from_db()
    assert town.industry == "连翘"
    assert town.categories.get().category == "culture_tourism"
    bad = clerk.post("town-amend", town.pk, data={**data, "category_county": "light_craft"})
    assert bad.status_code == 422
    assert clerk.post("town-amend", town.pk, data=data).status_code == 302  # nothing changed
    assert TownChange.objects.filter(town=town, kind="amend").count() == 1


def test_two_people_rename_from_two_pages(world: World, browse, town: Town) -> None:
    data = {"was": town.name, "on": TODAY.isoformat(), "source": SOURCE, "reason": ""}
    first = browse("puxian.clerk").post(
        "town-rename", town.pk, data={**data, "name": "蒲县坚果专业镇"}
    )
    assert first.status_code == 302
    director = browse("puxian.office_director")
    second = director.post("town-rename", town.pk, data={**data, "name": "蒲县果业专业镇"})
    assert second.status_code == 302
    told = director.client.get(second["Location"]).text
    assert "更名为“蒲县坚果专业镇”" in told
    town.refresh_from_db()
    assert town.name == "蒲县坚果专业镇"


def test_stages_offered_are_those_that_may_follow(world: World, browse, town: Town) -> None:
    clerk = browse("puxian.clerk")
    form = clerk.get("town-stage", town.pk).text
    assert 'value="applying"' in form
    assert 'value="county"' not in form
    data = {"stage": "applying", "on": TODAY.isoformat(), "reason": "参加批次", "source": ""}
    assert clerk.post("town-stage", town.pk, data=data).status_code == 302
    assert StageMove.objects.filter(town=town).latest("pk").stage == "applying"
    wrong = clerk.post("town-stage", town.pk, data={**data, "stage": "province"})
    assert wrong.status_code == 422


def test_towns_are_merged_from_the_page_of_one(world: World, browse, town: Town) -> None:
    home, clerk = world.towns["puxian"], browse("puxian.clerk")
    form = clerk.get("town-merge", home.pk).text
    assert town.name in form
    data = {"on": TODAY.isoformat(), "source": SOURCE, "reason": "", "name": ""}
    gap = clerk.post("town-merge", home.pk, data={**data, "into": "new", "towns": town.pk})
    assert gap.status_code == 422
    assert "请填写新专业镇名称" in gap.text
    none = clerk.post("town-merge", home.pk, data={**data, "into": "own"})
    assert "请至少选择一个专业镇" in none.text
    done = clerk.post("town-merge", home.pk, data={**data, "into": "other", "towns": town.pk})
    assert done.status_code == 302
    home.refresh_from_db()
    assert home.successor == town
    old = clerk.get("town", home.pk).text
    assert "以下为历史资料" in old
    assert "由<a" in old
    assert "退出培育库" not in old
    assert clerk.get("town-rename", home.pk).status_code == 403


def test_a_town_is_split_on_the_page(world: World, browse) -> None:
    home, clerk = world.towns["puxian"], browse("puxian.clerk")
    seats = list(Membership.objects.filter(town=home).order_by("pk"))
    form = clerk.get("town-split", home.pk).text
    assert form.count("划入第 2 个") == len(seats)
    data = {f"member_{row.pk}": "1" for row in seats}
    data |= {f"member_{seats[0].pk}": "2", "on": TODAY.isoformat(), "source": SOURCE}
    names = "蒲县肉牛专业镇\n蒲县牛奶专业镇\n"
    beyond = clerk.post(
        "town-split", home.pk, data={**data, "names": names, f"member_{seats[1].pk}": "3"}
    )
    assert beyond.status_code == 422
    assert "只填写了 2 个新名称" in beyond.text
    assert clerk.post("town-split", home.pk, data={**data, "names": names}).status_code == 302
    milk = Town.objects.get(name="蒲县牛奶专业镇")
    assert [row.enterprise_id for row in milk.memberships.all()] == [seats[0].enterprise_id]


def test_a_town_is_struck_off_and_leaves_the_list(world: World, browse, town: Town) -> None:
    clerk = browse("puxian.clerk")
    data = {"on": TODAY.isoformat(), "reason": "产业转移", "source": SOURCE}
    assert clerk.post("town-strike-off", town.pk, data=data).status_code == 302
    assert "已退出培育库" in clerk.get("towns").text
    assert town.name not in clerk.get("towns").text
    assert town.name in clerk.get("towns", extra="&closed=on").text
    assert clerk.get("town", town.pk).status_code == 200


# --- papers ---------------------------------------------------------------------------------------


def upload(content: bytes = PDF, name: str = "一镇一策.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "application/pdf")


def test_a_paper_is_kept_shown_and_withdrawn(world: World, browse, town: Town) -> None:
    clerk = browse("puxian.clerk")
    fields = {"kind": "policy", "title": "干果“一镇一策”", "number": "", "issuer": "蒲县人民政府"}
    added = clerk.post("paper-add", town.pk, data={**fields, "file": upload()})
    assert added.status_code == 302, added.text
    kept = TownPaper.objects.get(town=town)
    page = clerk.get("town-papers", town.pk).text
    assert "干果“一镇一策”" in page
    assert f"/files/{kept.file_id}/" in page
    twice = clerk.post("paper-add", town.pk, data={**fields, "file": upload()})
    assert twice.status_code == 302
    assert TownPaper.objects.filter(town=town).count() == 1
    gap = clerk.post("paper-withdraw", town.pk, kept.pk, data={"reason": ""})
    assert gap.status_code == 422
    done = clerk.post("paper-withdraw", town.pk, kept.pk, data={"reason": "已有新版"})
    assert done.status_code == 302
    kept.refresh_from_db()
    assert kept.withdrawn_on == TODAY
    assert "已停用" in clerk.get("town-papers", town.pk).text
    verbs = LedgerEntry.objects.filter(chain=chain_of(town)).values_list("verb", flat=True)
    assert {"add_paper", "withdraw_paper"} <= set(verbs)
    gone = clerk.post("paper-withdraw", town.pk, kept.pk, data={"reason": "再次"})
    assert gone.status_code == 302
    assert "已经停用" in clerk.client.get(gone["Location"]).text


def test_a_wrong_file_is_told_beside_the_field(world: World, browse) -> None:
    answer = browse("puxian.clerk").post(
        "paper-add",
        world.towns["puxian"].pk,
        data={"kind": "plan", "title": "规划", "file": upload(b"MZ\x90not a pdf")},
    )
    assert answer.status_code == 422
    assert 'id="id_file_error"' in answer.text
    assert 'value="规划"' in answer.text
    assert not TownPaper.objects.exists()


# --- queries --------------------------------------------------------------------------------------


@pytest.mark.parametrize("tab", TABS)
def test_pages_cost_the_same_whatever_the_rows(world: World, browse, tab: str) -> None:
    town = make_town(world.regions["141033"], "蒲县另一专业镇")
    clerk, counts = browse("puxian.clerk"), []
    paper(town)
    move = StageMove.objects.create(
        town=town, stage="pooled", on=TODAY, reason="入库", created_at=clock.now()
    )
    for more in (0, 3, 40):
        if more:
            multiply(move, more)
            multiply(TownPaper.objects.filter(town=town).earliest("pk"), more)
            TownFigure.objects.filter(town=town, year=TODAY.year - 3).delete()
        clerk.get(tab, town.pk)
        with CaptureQueriesContext(connection) as seen:
            assert clerk.get(tab, town.pk).status_code == 200
        counts.append(len(seen))
    assert len(set(counts)) == 1, counts
    assert max(counts) <= TOWN_QUERIES, counts
