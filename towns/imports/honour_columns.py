"""The columns of a workbook of honours, standards and brands."""

from __future__ import annotations

from typing import Final

from portal.core.workbooks.spec import Field
from towns.honours import HONOUR_PART_CHOICES

FIELDS: Final = (
    Field(
        "holder",
        "获得者",
        required=True,
        aliases=("企业名称", "单位名称", "企业", "获得单位", "持有人", "获奖单位"),
        note="企业全称，须已在本专业镇企业名单中；专业镇本身获得的，填专业镇名称、“专业镇”或所在县的名称。",
        width=30,
        max_length=120,
        example="蒲县示例牧业有限公司",
    ),
    Field(
        "uscc",
        "统一社会信用代码",
        "uscc",
        aliases=("信用代码", "社会信用代码"),
        note="企业有同名、更名的，请填写；按代码认定企业。",
        width=24,
    ),
    Field(
        "kind",
        "荣誉",
        required=True,
        aliases=(
            *("荣誉种类", "荣誉名称", "荣誉品牌名称", "荣誉称号", "荣誉类型"),
            *("类别", "种类", "称号", "资质"),
        ),
        note="可从下拉列表选择；写“省级专精特新企业”“三晋老字号”等常用名称也能识别。",
        width=26,
        max_length=80,
    ),
    Field(
        "level",
        "级别",
        aliases=("层级", "等级"),
        note="国际、国家级、省级、市级、县级。荣誉名称里已写明的可以不填。",
        width=10,
        max_length=20,
    ),
    Field(
        "part",
        "作用",
        "choice",
        aliases=("主导或参与", "参与方式"),
        choices=tuple(HONOUR_PART_CHOICES),
        choice_aliases=(("牵头", "lead"), ("主导制定", "lead"), ("参与制定", "participate")),
        note="只有标准需要填写：主导或参与。不填的记为未载明。",
        width=10,
        example="（标准才填）",
    ),
    Field(
        "title",
        "名称",
        aliases=("标准名称", "品牌名称", "产品名称", "项目名称", "荣誉内容"),
        also=("荣誉名称", "荣誉品牌名称", "荣誉称号"),
        note="标准、品牌、地理标志、单项冠军等，填标准、品牌或产品的名称。",
        width=30,
        max_length=160,
        example="（标准、品牌、产品才填）",
    ),
    Field(
        "number",
        "证书编号",
        "code",
        aliases=("编号", "标准编号", "文号", "证书号", "标准号"),
        note="标准填标准号，例如 GB/T 10781.2。",
        width=22,
        max_length=80,
        example="（有证书的填写）",
    ),
    Field(
        "issuer",
        "颁发机关",
        aliases=("颁发单位", "发证机关", "认定机关", "授予单位", "颁发部门"),
        width=26,
        max_length=120,
        example="山西省工业和信息化厅",
    ),
    Field(
        "awarded_on",
        "获得日期",
        "date",
        aliases=("认定日期", "获得时间", "认定时间", "颁发日期", "发布日期", "授予时间"),
        month="first",
        width=14,
    ),
    Field(
        "valid_to",
        "有效期至",
        "date",
        aliases=("到期日期", "有效期", "截止日期", "有效期止"),
        month="last",
        width=14,
        example="2027-05-19",
    ),
)
