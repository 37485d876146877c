"""The ledger of honours: entering, first time or renewal, amending, revoking, certificates."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from portal.core import clock
from portal.core.errors import Refused, Stale
from portal.core.models import LedgerEntry
from portal.core.web import office_url
from tests.factories import World, client_of, grant_town, make_town, make_world
from tests.scenario import PDF
from towns.actions import add_honour, amend_honour, merge_towns, revoke_honour
from towns.actions.honours import HonourFacts
from towns.honour_queries import of_town, order_word, with_order
from towns.honours import HONOUR_KINDS, kind_of, level_of
from towns.models import Enterprise, Honour

pytestmark = pytest.mark.django_db
CENTRE = HonourFacts(
    kind="technology_centre", level="province", number="晋企技2021-9", awarded_on=date(2021, 11, 15)
)


@pytest.fixture
def world() -> World:
    return make_world()


def member(world: World, number: int = 0, slug: str = "puxian") -> Enterprise:
    return world.towns[slug].memberships.order_by("pk")[number].enterprise


def enter(world: World, facts: HonourFacts = CENTRE, number: int = 0) -> Honour:
    return add_honour(
        actor=world.actor("puxian.filer"),
        town=world.towns["puxian"],
        enterprise=member(world, number),
        facts=facts,
    )


@pytest.mark.parametrize(
    ("text", "kind", "level"),
    [
        ("山西老字号", "old_brand_shanxi", "province"),
        ("三晋老字号", "old_brand_shanxi", "province"),
        ("中华老字号", "old_brand_china", "national"),
        ("专精特新“小巨人”企业", "little_giant", ""),
        ("国家级专精特新“小巨人”企业", "little_giant", "national"),
        ("省级 “专精特新” 中小企业", "specialised", "province"),
        ("山西省企业技术中心", "technology_centre", "province"),
        ("ＧＢ/Ｔ", None, None),
        ("国标", "standard_national", "national"),
        ("“山西精品”", "shanxi_premium", "province"),
    ],
)
def test_names_on_paper_mean_one_kind(text: str, kind: str | None, level: str | None) -> None:
    found = kind_of(text)
    assert (found.kind, found.level) == (kind, level) if found else kind is None


def test_a_name_stands_for_one_kind_only() -> None:
    names = [name for row in HONOUR_KINDS.values() for name in (row.label, *row.aliases)]
    assert len(names) == len(set(names))
    assert all(kind_of(name) is not None for name in names)
    assert level_of("山西省") == "province" and level_of("国家级") == "national"
    assert level_of("甲级") is None


def test_the_first_and_the_next(world: World) -> None:
    first = enter(world)
    again = enter(world, HonourFacts("technology_centre", "province", awarded_on=date(2024, 1, 5)))
    higher = enter(world, HonourFacts("technology_centre", "national", awarded_on=date(2025, 1, 5)))
    other = enter(world, CENTRE, number=1)
    undated = enter(world, HonourFacts("key_laboratory", "city"))
    words = {row.pk: order_word(row) for row in with_order(Honour.objects.all())}
    assert words == {
        first.pk: "首次",
        again.pk: "再次",
        higher.pk: "首次",
        other.pk: "首次",
        undated.pk: "未载明",
    }
    revoke_honour(
        actor=world.actor("puxian.filer"),
        honour=first,
        kind="mistake",
        on=clock.today(),
        reason="登记有误",
    )
    assert order_word(with_order(Honour.objects.filter(pk=again.pk)).get()) == "首次"


def test_what_was_lost_and_won_again_is_not_the_first(world: World) -> None:
    filer = world.actor("puxian.filer")
    first = enter(world)
    again = enter(world, HonourFacts("technology_centre", "province", awarded_on=date(2024, 1, 5)))
    with pytest.raises(ValidationError, match="登记有误"):
        revoke_honour(actor=filer, honour=first, kind="", on=date(2023, 5, 1), reason="复核未通过")
    revoke_honour(
        actor=filer, honour=first, kind="withdrawn", on=date(2023, 5, 1), reason="复核未通过"
    )
    assert order_word(with_order(Honour.objects.filter(pk=again.pk)).get()) == "再次"
    client = client_of(filer)
    page = client.get(office_url(filer, "honour", again.pk)).content.decode()
    assert "2023-05-01 被撤销" in page
    page = client.get(office_url(filer, "honour", first.pk)).content.decode()
    assert "撤销日期以前照常计入" in page and "被撤销、复核未通过" in page


def test_a_name_written_beside_an_award_makes_no_other_award(world: World) -> None:
    enter(world)
    again = enter(
        world,
        HonourFacts("technology_centre", "province", title="蒲县中心", awarded_on=date(2024, 1, 5)),
    )
    champions = [
        enter(
            world,
            HonourFacts("single_champion", "province", title=title, awarded_on=date(2024, 1, 5)),
        )
        for title in ("核桃油", "核桃仁")
    ]
    words = {row.pk: order_word(row) for row in with_order(Honour.objects.all())}
    assert words[again.pk] == "再次"
    assert {words[row.pk] for row in champions} == {"首次"}
    filer = world.actor("puxian.filer")
    page = client_of(filer).get(office_url(filer, "honour", again.pk)).content.decode()
    assert "此前已有同种类、同级别的记录" in page


def test_the_number_of_a_standard_is_one_however_it_is_typed(world: World) -> None:
    facts = HonourFacts("standard_national", "", "lead", "清香型白酒", "GB/T 10781.2-2022")
    enter(world, facts)
    for number in ("GB/T10781.2-2022", "ｇｂ／ｔ 10781.2—2022"):
        with pytest.raises(ValidationError, match="已经登记"):
            enter(world, replace(facts, number=number))
    enter(world, replace(facts, number="GB/T 10781.3-2022"))


def test_after_a_merger_honours_are_kept_through_the_town_that_stands(world: World) -> None:
    home, filer = world.towns["puxian"], world.actor("puxian.filer")
    honour = enter(world)
    own = add_honour(actor=filer, town=home, facts=HonourFacts("gi_demonstration"))
    other = make_town(world.regions["141033"], "蒲县核桃专业镇", "核桃", "agriculture")
    grant_town(filer, other)
    merge_towns(
        actor=world.actor("puxian.clerk"),
        towns=[home, other],
        into=other,
        on=clock.today(),
        source="蒲政发〔2026〕3号",
    )
    facts = replace(CENTRE, issuer="省工信厅")
    assert amend_honour(actor=filer, honour=honour, facts=facts).issuer == "省工信厅"
    client = client_of(filer)
    assert client.get(office_url(filer, "honour-amend", honour.pk)).status_code == 200
    answer = client.post(
        office_url(filer, "honour-revoke", honour.pk),
        {
            "acting_post": filer.post.pk if filer.post else 0,
            "kind": "withdrawn",
            "on": clock.today().isoformat(),
            "reason": "复核未通过",
        },
    )
    assert answer.status_code == 302
    assert Honour.objects.get(pk=honour.pk).revoked_as == "withdrawn"
    with pytest.raises(Refused, match="已撤并"):  # what was the old town's stays as it is
        amend_honour(actor=filer, honour=own, facts=HonourFacts("gi_demonstration", issuer="x"))


def test_an_alias_is_not_a_second_honour(world: World) -> None:
    enter(world, HonourFacts("old_brand_shanxi", awarded_on=date(2020, 1, 1)))
    later = kind_of("三晋老字号")
    assert later is not None
    enter(world, HonourFacts(later.kind, later.level, awarded_on=date(2023, 1, 1)))
    words = [order_word(row) for row in with_order(Honour.objects.order_by("awarded_on"))]
    assert words == ["首次", "再次"]


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        (HonourFacts("no_such_kind"), "kind"),
        (HonourFacts("technology_centre"), "level"),
        (HonourFacts("technology_centre", "county"), "level"),
        (HonourFacts("standard_national", title="白酒", number="GB/T 1"), "part"),
        (HonourFacts("standard_national", part="lead", title="白酒"), "number"),
        (HonourFacts("brand_product", "province"), "title"),
        (HonourFacts("high_tech", "national", awarded_on=date(2999, 1, 1)), "awarded_on"),
        (
            HonourFacts(
                "high_tech", "national", awarded_on=date(2020, 1, 1), valid_to=date(2019, 1, 1)
            ),
            "valid_to",
        ),
    ],
)
def test_what_is_missing_is_said_beside_its_field(
    world: World, facts: HonourFacts, field: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        enter(world, facts)
    assert set(caught.value.message_dict) == {field}
    assert Honour.objects.count() == 0


def test_twice_is_once(world: World) -> None:
    enter(world)
    with pytest.raises(ValidationError, match="已经登记"):
        enter(world)
    assert Honour.objects.count() == 1


def test_a_standard_takes_its_level_from_its_kind(world: World) -> None:
    facts = HonourFacts("standard_national", "county", "lead", "清香型白酒", "GB/T 10781.2")
    standard = enter(world, facts)
    assert (standard.level, standard.part) == ("national", "lead")


def test_amending_keeps_what_was_said_before(world: World) -> None:
    honour = enter(world)
    filer = world.actor("puxian.filer")
    amend_honour(actor=filer, honour=honour, facts=HonourFacts("technology_centre", "national"))
    entry = LedgerEntry.objects.get(verb="amend_honour")
    assert "省级" in entry.before and "国家级" in entry.after
    with pytest.raises(Stale):
        amend_honour(actor=filer, honour=honour, facts=HonourFacts("technology_centre", "national"))
    assert Honour.objects.get(pk=honour.pk).level == "national"


def test_revoked_stays_and_counts_no_more(world: World) -> None:
    honour = enter(world)
    filer = world.actor("puxian.filer")
    with pytest.raises(ValidationError, match="撤销事由"):
        revoke_honour(actor=filer, honour=honour, kind="mistake", on=clock.today(), reason=" ")
    with pytest.raises(ValidationError, match="不能早于获得日期"):
        revoke_honour(
            actor=filer, honour=honour, kind="mistake", on=date(2020, 1, 1), reason="登记有误"
        )
    revoke_honour(actor=filer, honour=honour, kind="withdrawn", on=date(2022, 1, 1), reason="复核")
    with pytest.raises(Stale, match="已经撤销"):
        revoke_honour(
            actor=filer, honour=honour, kind="mistake", on=date(2022, 1, 1), reason="登记有误"
        )
    assert not Honour.objects.standing_on(date(2022, 1, 1)).exists()
    assert Honour.objects.standing_on(date(2021, 12, 31)).get() == honour
    assert not Honour.objects.standing_on(date(2021, 11, 14)).exists()


def test_only_the_filer_of_a_town_of_the_holder(world: World) -> None:
    honour = enter(world)
    for name in ("xixian.filer", "puxian.clerk", "puxian.submitter", "linfen.clerk"):
        with pytest.raises(Refused):
            revoke_honour(
                actor=world.actor(name),
                honour=honour,
                kind="mistake",
                on=clock.today(),
                reason="登记有误",
            )
    with pytest.raises(ValidationError, match="企业名单"):
        add_honour(
            actor=world.actor("puxian.filer"),
            town=world.towns["puxian"],
            enterprise=member(world, slug="xixian"),
            facts=CENTRE,
        )


def test_of_a_town_are_its_own_and_its_members(world: World) -> None:
    honour = enter(world)
    own = add_honour(
        actor=world.actor("puxian.filer"),
        town=world.towns["puxian"],
        facts=HonourFacts("brand_region", "province", title="蒲县核桃"),
    )
    clerk, town = world.actor("puxian.clerk"), world.towns["puxian"]
    assert set(of_town(clerk, town)) == {honour, own}
    member_of = town.memberships.get(enterprise=honour.enterprise)
    member_of.until = clock.today() - timedelta(days=1)
    member_of.save()
    assert set(of_town(clerk, town)) == {own}
    assert honour in Honour.objects.visible_to(clerk)  # its history stays in sight
    assert not Honour.objects.visible_to(world.actor("xixian.clerk")).exists()


def test_the_form_keeps_what_was_typed_and_stores_the_certificate(world: World) -> None:
    filer = world.actor("puxian.filer")
    client, town = client_of(filer), world.towns["puxian"]
    url = office_url(filer, "honour-add", town.pk)
    typed = {
        "acting_post": filer.post.pk if filer.post else 0,
        "holder": member(world).pk,
        "kind": "technology_centre",
        "number": "晋企技2021-9",
    }
    answer = client.post(url, typed)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "请选择“企业技术中心”的级别" in page and "晋企技2021-9" in page
    proof = SimpleUploadedFile("证书.pdf", PDF, "application/pdf")
    answer = client.post(url, {**typed, "level": "province", "certificate": proof})
    assert answer.status_code == 302
    honour = Honour.objects.get()
    assert honour.certificate is not None and honour.certificate.name == "证书.pdf"
    shown = client.get(office_url(filer, "honour", honour.pk)).content.decode()
    assert "获得日期未载明" in shown and "省级" in shown
    tab = client.get(office_url(filer, "town-honours", town.pk)).content.decode()
    assert "企业技术中心" in tab


def test_the_list_filters_by_what_people_look_for(world: World) -> None:
    enter(world)
    enter(world, HonourFacts("standard_national", "", "lead", "清香型白酒", "GB/T 10781.2"), 1)
    clerk = world.actor("linfen.clerk")
    client = client_of(clerk)
    base = office_url(clerk, "honours")
    everything = client.get(base).content.decode()
    assert (
        "晋企技2021-9" in everything and "GB/T 10781.2" in everything and "主导制定" in everything
    )
    standards = client.get(f"{base}&group=standard").content.decode()
    assert "GB/T 10781.2" in standards and "晋企技2021-9" not in standards
    for query in (
        "q=10781",
        "kind=standard_national",
        f"town={world.towns['puxian'].pk}&group=standard",
    ):
        found = client.get(f"{base}&{query}").content.decode()
        assert "GB/T 10781.2" in found, query
    none = client.get(f"{base}&town={world.towns['xixian'].pk}").content.decode()
    assert "没有符合条件的荣誉" in none
    stranger = world.actor("jincheng.clerk")
    assert (
        "晋企技2021-9"
        not in client_of(stranger).get(office_url(stranger, "honours")).content.decode()
    )
