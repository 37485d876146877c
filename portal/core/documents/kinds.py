"""The kinds of official documents: genre (文种), layout, own wording, and what issuing one does.

One table. The ground floor registers what every office writes; apps above register theirs with
effects of their own when they are ready (``register``). Knows no database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from portal.core.actor import Actor
    from portal.core.models import Office, OfficialDocument


class Layout(StrEnum):
    """The forms of GB/T 9704-2012 that the engine sets, and two plain ones in the same hand."""

    NOTICE = "notice"  # 文件: red header, number, red rule (clause 7)
    LETTER = "letter"  # 信函: name of the organ, two double rules (clause 10.1)
    MINUTES = "minutes"  # 纪要 (clause 10.3)
    PUBLICITY = "publicity"  # 公示, posted: title, text, signature, no header and no imprint
    PLAIN = "plain"  # receipts, summaries, meeting papers: title, text, tables
    CERTIFICATE = "certificate"  # 证书, one page


class Placeholder(NamedTuple):
    """``【name】`` in a template: what it stands for, and what a preview shows in its place."""

    name: str
    meaning: str
    sample: str
    required: bool = False


class Texts(NamedTuple):
    """The wording of a document, or of a template with placeholders."""

    title: str
    addressees: str
    body: str
    copy_to: str = ""
    note: str = ""


def _nothing(actor: Actor, document: OfficialDocument) -> None:
    """A kind without effects."""


def _no_subjects(actor: Actor, document: OfficialDocument) -> list[dict[str, Any]]:
    return []


def _no_offices(document: OfficialDocument) -> Iterable[Office]:
    return ()


def _no_effect(actor: Actor, document: OfficialDocument, issued_on: date) -> None:
    """A kind without effects."""


def _stays(actor: Actor, document: OfficialDocument, later: OfficialDocument, how: str) -> None:
    """What it did is not changed by a later document about it."""


@dataclass(frozen=True)
class Kind:
    """One kind of document.

    ``free``: drafted from the register with words alone; others start from what they are about.
    Hooks run inside the transaction of their action with the document locked: ``prepare`` before
    a number is taken (raises what refuses it, brings ``document.content`` up to date), ``issued``
    after it, ``discarded`` when a draft is given up. ``subjects`` are rows for the document's page
    ({"text", "note", "name", "args"} of an office's address), ``recipients`` the offices it is sent
    to without being asked, ``reach`` the keys of issued ones about something that the actor sees.
    ``acted_on`` undoes what an earlier document of this kind did, when a later one that
    ``corrects``, ``supersedes`` or ``revokes`` it is issued.
    """

    key: str
    label: str
    genre: str
    layout: Layout
    supplied: Texts
    placeholders: tuple[Placeholder, ...] = ()
    free: bool = True
    numbered: bool = True
    openness: str = "closed"
    prepare: Callable[[Actor, OfficialDocument], None] = field(default=_nothing)
    issued: Callable[[Actor, OfficialDocument, date], None] = field(default=_no_effect)
    discarded: Callable[[Actor, OfficialDocument], None] = field(default=_nothing)
    subjects: Callable[[Actor, OfficialDocument], list[dict[str, Any]]] = field(
        default=_no_subjects
    )
    recipients: Callable[[OfficialDocument], Iterable[Office]] = field(default=_no_offices)
    acted_on: Callable[[Actor, OfficialDocument, OfficialDocument, str], None] = field(
        default=_stays
    )
    reach: Callable[[Actor], QuerySet[Any, Any]] | None = None


ORGAN: Final = Placeholder("发文机关", "发文机关名称", "山西省专业镇发展领导小组办公室")
REGION: Final = Placeholder("行政区划", "发文机关所在行政区划", "山西省")
YEAR: Final = Placeholder("年度", "发文年度", "2026")
COMMON: Final = (ORGAN, REGION, YEAR)
TARGET: Final = (
    Placeholder("原文标题", "被更正、替代或者撤销的公文标题", "关于公布名单的通知", required=True),
    Placeholder("原文字号", "被更正、替代或者撤销的发文字号", "晋专镇发〔2026〕1号", required=True),
    Placeholder("原因", "更正、替代或者撤销的原因", "其中一处县名有误"),
)

_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> Kind:
    """Enter a kind; the same key twice is an error of the program."""
    if kind.key in _kinds and _kinds[kind.key] is not kind:
        raise RuntimeError(f"Two kinds of document are called {kind.key}.")
    _kinds[kind.key] = kind
    return kind


def kind_of(key: str) -> Kind:
    """The kind of that key. Raises KeyError."""
    return _kinds[key]


def kinds() -> tuple[Kind, ...]:
    """All kinds, in the order of their registration."""
    return tuple(_kinds.values())


def genres() -> tuple[str, ...]:
    """The genres (文种) that are numbered, each once."""
    return tuple(dict.fromkeys(kind.genre for kind in _kinds.values() if kind.numbered))


for _kind in (
    Kind("notice", "通知", "通知", Layout.NOTICE,
         Texts("【发文机关】关于【事由】的通知", "各有关单位", "现将有关事项通知如下："),
         (*COMMON, Placeholder("事由", "公文的事由", "做好专业镇培育工作"))),
    Kind("circular", "通报", "通报", Layout.NOTICE,
         Texts("【发文机关】关于【事由】的通报", "各有关单位", "现将有关情况通报如下："),
         (*COMMON, Placeholder("事由", "公文的事由", "专业镇年度评价结果"))),
    Kind("letter", "函", "函", Layout.LETTER,
         Texts("【发文机关】关于【事由】的函", "有关单位", "现就有关事项函告如下："),
         (*COMMON, Placeholder("事由", "公文的事由", "商请提供专业镇年度数据"))),
    Kind("minutes", "纪要", "纪要", Layout.MINUTES,
         Texts("专业镇发展领导小组会议纪要", "", "会议研究了专业镇发展有关事项。"),
         COMMON),
    Kind("publicity", "公示", "公示", Layout.PUBLICITY,
         Texts("关于【事由】的公示", "", "现予公示。"),
         (*COMMON, Placeholder("事由", "公文的事由", "拟认定专业镇名单")), numbered=False,
         openness="open"),
    Kind("correction", "更正通知", "通知", Layout.NOTICE,
         Texts("【发文机关】关于更正《【原文标题】》的通知", "各有关单位",
               "《【原文标题】》（【原文字号】）【原因】，现予更正。"),
         (*COMMON, *TARGET), free=False),
    Kind("supersession", "替代通知", "通知", Layout.NOTICE,
         Texts("【发文机关】关于替代《【原文标题】》的通知", "各有关单位",
               "《【原文标题】》（【原文字号】）【原因】，现重新印发，原文同时废止。"),
         (*COMMON, *TARGET), free=False),
    Kind("revocation", "撤销通知", "通知", Layout.NOTICE,
         Texts("【发文机关】关于撤销《【原文标题】》的通知", "各有关单位",
               "《【原文标题】》（【原文字号】）【原因】，现予撤销。"),
         (*COMMON, *TARGET), free=False),
):  # fmt: skip
    register(_kind)
