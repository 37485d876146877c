"""The one table of honours, standards and brands: words of the documents, levels, other names.

Sources: 000 is 晋政办发〔2022〕80号, 001 蒲政办发〔2023〕1号, 002 晋政办发〔2022〕81号,
003 晋市政办〔2023〕39号.
Pure: no database, no clock.
"""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

HONOUR_LEVEL_CHOICES = [
    ("international", "国际"),
    ("national", "国家级"),
    ("province", "省级"),
    ("city", "市级"),
    ("county", "县级"),
]
HONOUR_LEVELS = dict(HONOUR_LEVEL_CHOICES)
PROVINCIAL_OR_ABOVE = frozenset({"international", "national", "province"})
HONOUR_PART_CHOICES = [("lead", "主导"), ("participate", "参与")]
# Why an honour was revoked: it counted until then, or it never was one.
WITHDRAWN, MISTAKE = "withdrawn", "mistake"
REVOKED_CHOICES = [(WITHDRAWN, "被撤销、复核未通过"), (MISTAKE, "登记有误")]

AWARD, STANDARD, BRAND = "award", "standard", "brand"
HONOUR_GROUP_CHOICES = [(AWARD, "荣誉"), (STANDARD, "标准"), (BRAND, "品牌")]


class HonourKind(NamedTuple):
    """A kind: its group, the levels it has (empty: said by the kind), other names it goes by.

    ``priority``: gives priority in certification (000 二(五)) where national or provincial.
    ``level``: the level that the kind itself says.
    """

    key: str
    label: str
    group: str
    levels: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    priority: bool = False
    level: str = ""
    source: str = ""


_NP = ("national", "province")
_NPC = ("national", "province", "city")
_ALL = ("national", "province", "city", "county")

HONOUR_KINDS: dict[str, HonourKind] = {
    row.key: row
    for row in (
        HonourKind("technology_centre", "企业技术中心", AWARD, _NPC, ("技术中心",), True,
                   source="000 二(五); 001 四(二)"),
        HonourKind("engineering_centre", "工程中心", AWARD, _NPC,
                   ("工程技术中心", "工程研究中心", "工程技术研究中心"), True,
                   source="000 二(五)、三(三)"),
        HonourKind("innovation_centre", "制造业创新中心", AWARD, _NP, source="001 四(二)"),
        HonourKind("key_laboratory", "重点实验室", AWARD, _NPC, source="000 三(三)"),
        HonourKind("specialised", "专精特新企业", AWARD, _NPC,
                   ("专精特新", "专精特新中小企业"), True,
                   source="000 二(五); 002(十六)"),
        HonourKind("little_giant", "小巨人企业", AWARD, _NP,
                   ("小巨人", "专精特新小巨人", "专精特新小巨人企业", "专精特新“小巨人”企业"), True,
                   source="000 二(五); 002(十六)"),
        HonourKind("single_champion", "制造业单项冠军", AWARD, _NP,
                   ("单项冠军", "单项冠军企业", "单项冠军产品", "制造业单项冠军企业",
                    "制造业单项冠军产品"), True,
                   source="000 二(五); 002(十三); 003 二(六)"),
        HonourKind("leading_enterprise", "龙头企业", AWARD, _ALL,
                   ("农业产业化龙头企业", "农业产业化重点龙头企业"), True, source="000 二(五)"),
        HonourKind("high_tech", "高新技术企业", AWARD, _NP, source="000 三(三)"),
        HonourKind("consortium", "示范农业产业化联合体", AWARD, ("province", "city"),
                   ("农业产业化联合体", "省级示范农业产业化联合体"), source="002(十八)"),
        HonourKind("old_brand_china", "中华老字号", AWARD, (), level="national",
                   source="002(十五); 003 三(九)"),
        HonourKind("old_brand_shanxi", "山西老字号", AWARD, (), ("三晋老字号",), level="province",
                   source="002(十五); 003 三(九)"),
        HonourKind("old_brand_city", "市级老字号", AWARD, (), ("晋城老字号",), level="city",
                   source="003 三(九)"),
        HonourKind("geographical_indication", "地理标志", AWARD, _NP,
                   ("国家地理标志", "地理标志产品", "地理标志保护产品", "地理标志证明商标",
                    "地理标志集体商标", "农产品地理标志"),
                   source="000 二(四); 002(十五); 003 三(九)"),
        HonourKind("gi_demonstration", "国家地理标志产品保护示范区", AWARD, (),
                   ("地理标志产品保护示范区",), level="national", source="002(十五)"),
        HonourKind("shanxi_premium", "山西精品", AWARD, (), ("“山西精品”", "山西精品公用品牌"),
                   level="province", source="002(四); 003 三(九)"),
        HonourKind("culture_park", "文化产业示范园区(基地)", AWARD, _NP,
                   ("文化产业示范园区", "文化产业示范基地", "文化出口基地"),
                   source="002(七); 003 五(十四)"),
        HonourKind("quality_system", "质量管理体系认证", AWARD, (), source="003 三(八)"),
        HonourKind("green_system", "绿色体系认证", AWARD, (), source="003 三(八)"),
        HonourKind("other", "其他荣誉", AWARD, _ALL, ("其他", "其它", "其它荣誉")),
        HonourKind("standard_international", "国际标准", STANDARD, (), level="international",
                   source="002(三); 003 三(八)"),
        HonourKind("standard_national", "国家标准", STANDARD, (), ("国标",), level="national",
                   source="000 二(六); 002(三)"),
        HonourKind("standard_industry", "行业标准", STANDARD, (), ("行标",), level="national",
                   source="000 二(六); 002(三)"),
        HonourKind("standard_local", "地方标准", STANDARD, ("province", "city"), ("地标",),
                   source="000 二(六); 003 三(八)"),
        HonourKind("standard_group", "团体标准", STANDARD, (), ("团标",), source="002(三)"),
        HonourKind("brand_region", "区域品牌", BRAND, _ALL, ("区域公用品牌", "公用品牌"),
                   source="000 二(六)"),
        HonourKind("brand_enterprise", "企业品牌", BRAND, _ALL, source="000 二(六)"),
        HonourKind("brand_product", "产品品牌", BRAND, _ALL, ("名牌产品",), source="000 二(六)"),
    )
}  # fmt: skip
HONOUR_KIND_CHOICES = [(row.key, row.label) for row in HONOUR_KINDS.values()]
# Of these there may be several with one holder, told apart by names of their own; of all other
# kinds a holder has one, whatever is written as its name.
NAMED_KINDS = frozenset({"other", "geographical_indication", "single_champion", "culture_park"}) | {
    row.key for row in HONOUR_KINDS.values() if row.group in (STANDARD, BRAND)
}
PRIORITY_KINDS = frozenset(row.key for row in HONOUR_KINDS.values() if row.priority)


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text)
    return "".join(char for char in folded if char not in "“”\"'《》·、 \t()（）[]")


_BY_NAME = {
    _plain(name): row.key for row in HONOUR_KINDS.values() for name in (row.label, *row.aliases)
}
DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−－"), "-")
_LEVEL_WORDS = (
    ("国际", "international"),
    ("国家级", "national"),
    ("国家", "national"),
    ("全国", "national"),
    ("山西省", "province"),
    ("省级", "province"),
    ("省", "province"),
    ("市级", "city"),
    ("县级", "county"),
)


def standard_number(text: str) -> str:
    """The number of a standard however it is typed.

    >>> standard_number("ｇｂ／Ｔ 10781.2—2022")
    'GB/T10781.2-2022'
    """
    folded = "".join(unicodedata.normalize("NFKC", text).split()).upper()
    return folded.translate(DASHES)


class Named(NamedTuple):
    """What a name on paper means: a kind and, where it says so, a level."""

    kind: str
    level: str


def kind_of(text: str) -> Named | None:
    """The kind that a name stands for, whatever its quotes, spaces or level words.

    >>> kind_of("三晋老字号")
    Named(kind='old_brand_shanxi', level='province')
    >>> kind_of("省级“专精特新”企业")
    Named(kind='specialised', level='province')
    """
    plain = _plain(text)
    if plain in _BY_NAME:
        key = _BY_NAME[plain]
        return Named(key, HONOUR_KINDS[key].level)
    for word, level in _LEVEL_WORDS:
        rest = plain.removeprefix(word)
        if rest != plain and rest in _BY_NAME:
            key = _BY_NAME[rest]
            return Named(key, HONOUR_KINDS[key].level or level)
    return None


def level_of(text: str) -> str | None:
    """The key of a level as people write it: 国家级, 国家, 省, 山西省级; None when it is none."""
    plain = _plain(text)
    if not plain:
        return ""
    for word, level in _LEVEL_WORDS:
        if plain in (word, word + "级"):
            return level
    return next((key for key, label in HONOUR_LEVEL_CHOICES if plain == label), None)
