"""The columns of the list of enterprises, with the words counties use for them."""

from __future__ import annotations

from typing import Final

from portal.core.workbooks.spec import Field, Kind
from towns.constants import ENTITY_CHOICES, ROLE_CHOICES

# Indicator -> how its column is read.
FIGURES: Final[dict[str, Kind]] = {
    "enterprise_revenue": "money",
    "enterprise_employment": "count",
    "enterprise_tax": "money",
    "enterprise_export": "money",
    "enterprise_rd": "money",
}

FIELDS: Final = (
    Field(
        "town",
        "专业镇",
        aliases=("专业镇名称", "所属专业镇", "镇名"),
        note="只填报一个专业镇的，可以不填。",
        width=28,
        max_length=120,
    ),
    Field(
        "uscc",
        "统一社会信用代码",
        "uscc",
        required=True,
        aliases=("信用代码", "社会信用代码", "统一信用代码", "统一代码"),
        note="营业执照上的 18 位代码，企业以此识别。",
        width=24,
        example="91140500MA0EXMP00N",
    ),
    Field(
        "name",
        "企业名称",
        required=True,
        aliases=("名称", "单位名称", "企业全称", "公司名称", "主体名称", "经营主体名称"),
        note="与营业执照一致的全称。与登记的名称不同的，按更名登记，原名称留作曾用名。",
        width=36,
        max_length=120,
    ),
    Field(
        "entity",
        "主体类型",
        "choice",
        aliases=("企业类型", "类型", "经营主体类型", "单位类型"),
        also=("企业类别",),
        choices=tuple(ENTITY_CHOICES),
        choice_aliases=(
            ("公司", "enterprise"),
            ("有限公司", "enterprise"),
            ("有限责任公司", "enterprise"),
            ("工业企业", "enterprise"),
            ("农场", "farm"),
            ("合作社", "cooperative"),
            ("专业合作社", "cooperative"),
        ),
        note="不填的，按名称判断。",
        width=16,
    ),
    Field(
        "role",
        "企业角色",
        "choice",
        aliases=("角色", "企业类别", "企业地位", "龙头骨干配套"),
        also=("企业类型", "类型"),
        choices=tuple(ROLE_CHOICES),
        choice_aliases=(
            ("龙头企业", "leading"),
            ("链主", "leading"),
            ("链主企业", "leading"),
            ("骨干企业", "backbone"),
            ("配套企业", "supporting"),
            ("上下游配套", "supporting"),
        ),
        note="新登记的企业必填。已登记的企业填了不同的角色，自导入之日起变更。",
        width=12,
    ),
    Field(
        "main_products",
        "主要产品",
        aliases=("主营产品", "产品", "主导产品", "主营业务"),
        width=28,
    ),
    Field(
        "since",
        "加入日期",
        "date",
        aliases=("加入时间", "入镇日期", "入库日期", "加入专业镇日期"),
        width=14,
        example="2023-01-04",
    ),
    Field(
        "year",
        "数据年度",
        "year",
        aliases=("年度", "年份", "统计年度"),
        note="填了营业收入等数据的必填；一个企业几个年度的数据，每年一行。",
        width=10,
        example="2025",
    ),
    Field(
        "enterprise_revenue",
        "营业收入",
        "money",
        aliases=("年营业收入", "主营业务收入", "销售收入", "年销售收入", "营收"),
        width=16,
    ),
    Field(
        "enterprise_employment",
        "从业人数",
        "count",
        aliases=("从业人员", "从业人员数", "职工人数", "员工人数", "用工人数", "就业人数"),
        width=12,
    ),
    Field(
        "enterprise_tax",
        "缴税",
        "money",
        aliases=(
            "缴税额",
            "纳税",
            "纳税额",
            "税收",
            "缴纳税收",
            "缴纳税金",
            "上缴税金",
            "实缴税金",
        ),
        width=14,
    ),
    Field(
        "enterprise_export",
        "出口额",
        "money",
        aliases=("出口", "出口总额", "年出口额"),
        note="折合人民币。",
        width=14,
    ),
    Field(
        "enterprise_rd",
        "研发投入",
        "money",
        aliases=("研发费用", "研发经费", "研发支出", "R&D投入", "R&D经费"),
        width=14,
    ),
    Field(
        "source",
        "数据来源",
        aliases=("来源", "出处"),
        note="例如：县统计局、税务部门。不填的，原有来源不变。",
        width=20,
        max_length=120,
        example="县统计局",
    ),
)
LABELS: Final = {item.key: item.label for item in FIELDS}
NOTES: Final = (
    "企业以统一社会信用代码识别：代码已登记的是修改，没有登记的是新增。",
    "金额可以用元、万元或亿元，写在表头括号里即可，例如“营业收入（亿元）”；不写的按万元。",
    "空着的单元格不改动原有内容。企业退出专业镇在企业页面办理，不能用导入删除。",
)
