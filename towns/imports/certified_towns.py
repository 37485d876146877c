"""Towns named before the portal existed, each with the document that named it and its day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from criteria.categories import category_choices
from portal.core.actor import Actor
from portal.core.constants import LEVEL_CHOICES, LEVELS, Can
from portal.core.errors import ALLOWED, Verdict, refuse
from portal.core.workbooks.spec import Field, Importer, Row, Session
from towns.imports.certifying import CertifiedTownSession, counties_of, levels_of
from towns.imports.common import lock_towns

LEADING_FIELDS = (
    Field(
        "county",
        "所在县",
        required=True,
        aliases=("县区", "县(市、区)", "县市区", "所属县", "所在县市区", "县"),
        note="县（市、区）全称。",
        width=16,
        max_length=60,
    ),
    Field(
        "name",
        "专业镇名称",
        required=True,
        aliases=("专业镇", "认定名称", "名称"),
        note="按认定文件中的名称填写。",
        width=32,
        max_length=120,
        example="蒲县肉牛专业镇",
    ),
    Field(
        "industry",
        "主导产业",
        required=True,
        aliases=("产业",),
        width=16,
        max_length=60,
        example="肉牛",
    ),
    Field(
        "products",
        "主导产品",
        aliases=("产品", "主要产品"),
        width=24,
        max_length=200,
        example="肉牛、牛肉制品",
    ),
)
TRAILING_FIELDS = (
    Field(
        "level",
        "层级",
        "choice",
        required=True,
        aliases=("认定级别", "认定层级", "级别"),
        choices=tuple(LEVEL_CHOICES),
        choice_aliases=tuple((row.label, row.key) for row in LEVELS.values()),
        note="只能补录本级和下级认定的专业镇。",
        width=10,
    ),
    Field(
        "year",
        "认定年度",
        "year",
        aliases=("年度", "年份"),
        note="不填的，取成文日期的年份。",
        width=10,
    ),
    Field(
        "source_title",
        "认定文件",
        aliases=("文件名称", "认定文件名称", "文件标题"),
        note="文件标题和文号至少填一项。",
        width=40,
        example="关于公布2021年省级重点专业镇名单的通知",
    ),
    Field(
        "source_number",
        "认定文号",
        "code",
        aliases=("文号", "发文字号"),
        width=24,
        max_length=60,
        example="晋专镇办发〔2021〕1号",
    ),
    Field(
        "source_on",
        "成文日期",
        "date",
        required=True,
        aliases=("发文日期", "印发日期"),
        note="认定文件的成文日期。",
        width=14,
    ),
    Field(
        "valid_from",
        "认定日期",
        "date",
        note="不填的，取成文日期。",
        width=14,
    ),
    Field(
        "valid_to",
        "有效期至",
        "date",
        aliases=("到期日期", "有效期"),
        note="文件没有写的不填；有效期已过的认定不导入。",
        width=14,
        example="2027-12-31",
    ),
)


def category_field() -> Field:
    """The column of the category; offices add to what may be chosen."""
    return Field(
        "category",
        "类别",
        "choice",
        required=True,
        aliases=("产业类别", "专业镇类别"),
        choices=tuple(category_choices()),
        choice_aliases=(
            ("特色轻工", "light_craft"),
            ("工艺美术", "light_craft"),
            ("农业", "agriculture"),
            ("文旅", "culture_tourism"),
        ),
        width=20,
    )


class CertifiedTownImporter(Importer):
    """One row per town and level."""

    kind = "certified_towns"
    label = "已认定专业镇"
    noun = "项"
    description = "平台启用前各级已经认定的专业镇，连同认定文件的名称、文号和日期，每个层级一行。"
    notes = (
        "同一专业镇在几个层级都获得认定的，每个层级一行。",
        "平台里没有的专业镇会新登记；已有的按县和名称对上，只补录认定。在平台办结的认定不在此修改。",
    )

    @property
    def fields(self) -> tuple[Field, ...]:  # type: ignore[override]  # categories are data
        """The columns."""
        return (*LEADING_FIELDS, category_field(), *TRAILING_FIELDS)

    def may_import(self, actor: Actor) -> Verdict:
        """Posts that keep the register, for their region and their own level or below."""
        if actor.can(Can.REGISTER) and actor.scope is not None and actor.level is not None:
            return ALLOWED
        return refuse("已认定专业镇由领导小组办公室主任、副主任或经办导入。")

    def choices(self, actor: Actor) -> Mapping[str, Sequence[str]]:
        """The counties of the region, and the levels of the office."""
        return {
            "county": [row.name for row in counties_of(actor)],
            "level": [LEVELS[key].adjective for key in levels_of(actor)],
        }

    def lock(self, actor: Actor, rows: Sequence[Row]) -> None:
        """The towns whose registers are written to."""
        lock_towns(actor)

    def begin(self, actor: Actor, rows: Sequence[Row]) -> Session:
        """A session over the rows."""
        return CertifiedTownSession(actor, rows)
