"""专业镇: what its addresses and actions are asked with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

from django.core.files.uploadedfile import SimpleUploadedFile

from portal.core import clock
from portal.core.actor import SYSTEM
from portal.core.files import store_bytes
from tests.papers import PDF
from towns.models import Certification, Town, TownPaper

if TYPE_CHECKING:
    from tests.access.ground import Held
    from tests.test_access import County

HOME = "puxian"


def paper_of(town: Town) -> TownPaper:
    """A paper of the town, made once."""
    present = town.papers.first()
    if present is not None:
        return present
    return TownPaper.objects.create(
        town=town,
        kind="policy",
        title="一镇一策",
        file=store_bytes(PDF, "一镇一策.pdf", "application/pdf", SYSTEM),
        created_at=clock.now(),
    )


def named_on_paper(town: Town) -> Certification:
    """A certification of the time before the portal, replaced by now, made once."""
    day = date(2020, 12, 1)
    return Certification.objects.get_or_create(
        town=town,
        source_title="关于公布2020年度县级专业镇名单的通知",
        defaults={
            "level": "county",
            "scope_code": town.scope_code,
            "town_name": town.name,
            "category": town.category,
            "industry": town.industry,
            "year": day.year,
            "valid_from": day,
            "source_on": day,
            "state": "replaced",
        },
    )[0]


def prepare(county: County) -> None:
    """What the addresses name, made once with the world."""
    paper_of(county.world.towns[HOME])
    named_on_paper(county.world.towns[HOME])


def _town(held: Held) -> dict[str, Any]:
    return {"town": held.world.towns[HOME]}


def _change(held: Held) -> dict[str, Any]:
    return {**_town(held), "on": clock.today(), "source": "县政发〔2026〕3号"}


STATES: dict[str, Callable[[Held], dict[str, Any]]] = {}
FIELDS: dict[str, Callable[[Held], dict[str, Any]]] = {}
PREPARATIONS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "towns.register_town": lambda held: {
        "county": held.world.towns[HOME].county,
        "name": "新登记专业镇",
        "industry": "核桃",
        "category": "agriculture",
        "source": "县政发〔2026〕3号",
    },
    "towns.amend_town": lambda held: {
        **_town(held),
        "industry": "肉牛养殖",
        "products": "牛肉",
        "category": "agriculture",
        "lead_bureau": "农业农村局",
        "source": "县政发〔2026〕3号",
    },
    "towns.rename_town": lambda held: {**_change(held), "name": "更名后专业镇"},
    "towns.move_stage": lambda held: {
        **_change(held),
        "stage": "cultivating",
        "reason": "列入培育",
    },
    "towns.merge_towns": lambda held: {
        "towns": [held.world.towns[HOME], held.fresh_town],
        "name": "合并后专业镇",
        "on": clock.today(),
        "source": "县政发〔2026〕3号",
    },
    "towns.split_town": lambda held: {**_change(held), "names": ["甲专业镇", "乙专业镇"]},
    "towns.strike_off_town": lambda held: {**_change(held), "reason": "产业转移"},
    "towns.add_paper": lambda held: {
        **_town(held),
        "kind": "policy",
        "title": "一镇一策",
        "upload": SimpleUploadedFile("一镇一策.pdf", PDF + b"%another", "application/pdf"),
    },
    "towns.withdraw_paper": lambda held: {
        **_town(held),
        "paper_id": paper_of(held.world.towns[HOME]).pk,
        "reason": "已有新文件",
    },
    "towns.attach_source": lambda held: {
        "certification": named_on_paper(held.world.towns[HOME]),
        "upload": SimpleUploadedFile("名单.pdf", PDF + b"%named", "application/pdf"),
    },
}


def fillings(county: County) -> dict[str, dict[str, Any]]:
    """The parameters of its addresses, besides the office."""
    home = county.world.towns[HOME]
    town = {"pk": home.pk}
    paper = {**town, "paper": paper_of(home).pk}
    names = ("filings", "papers", "history", "amend", "stage", "rename", "merge", "split")
    return {
        **{f"town-{name}": town for name in names},
        "town-strike-off": town,
        "paper-add": town,
        "paper-withdraw": paper,
        "certification-source": {"pk": named_on_paper(home).pk},
    }
