"""Tables of the towns app: stages, roles, states."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

# Stages of the cultivation pool (培育库): 蒲政办发〔2023〕1号 二, 晋市政办〔2023〕39号 一(四).
STAGE_CHOICES = [
    ("pooled", "入库"),
    ("cultivating", "培育"),
    ("applying", "申报"),
    ("county", "县级"),
    ("city", "市级"),
    ("province", "省级"),
]
STAGES = dict(STAGE_CHOICES)
# Stages of the pool, set by hand, and where each may lead; the levels follow from certifications.
POOL_MOVES: dict[str, tuple[str, ...]] = {
    "pooled": ("cultivating", "applying"),
    "cultivating": ("applying", "pooled"),
    "applying": ("cultivating",),
}

ROLE_CHOICES = [("leading", "龙头"), ("backbone", "骨干"), ("supporting", "配套")]

ENTITY_CHOICES = [("enterprise", "企业"), ("farm", "家庭农场"), ("cooperative", "农民专业合作社")]

# The eight public-service functions: 晋政办发〔2022〕80号 二(七), 蒲政办发〔2023〕1号 三(七).
SERVICE_FUNCTIONS: tuple[tuple[str, str], ...] = (
    ("rd_design", "研发设计"),
    ("testing", "检验检测"),
    ("training", "业务培训"),
    ("information", "信息咨询"),
    ("ip_protection", "知识产权保护"),
    ("financing_guarantee", "融资担保"),
    ("exhibition_sales", "产品展销"),
    ("logistics", "物流服务"),
)

FUNCTION_STATE_CHOICES = [("present", "有"), ("building", "在建"), ("absent", "无")]

# The twelve kinds of public-service platform: 晋政办发〔2022〕81号 (五).
PLATFORM_KIND_CHOICES = [
    ("logistics", "现代物流"),
    ("technology", "技术研发"),
    ("industrial_design", "工业设计"),
    ("quality_testing", "质量检测"),
    ("customs", "海关"),
    ("e_commerce", "电子商务"),
    ("culture", "文化创意"),
    ("financing", "融资服务"),
    ("information", "信息服务"),
    ("tax_filing", "报税服务"),
    ("exhibition", "商贸会展"),
    ("training", "人才培训"),
]

# A year of a town's figures: reported by the county, confirmed by the city, then only corrected.
YEAR_STATE_CHOICES = [
    ("reported", "待确认"),
    ("returned", "已退回"),
    ("confirmed", "已确认"),
    ("corrected", "更正待确认"),
]
YEAR_TONES = {
    "reported": "info",
    "returned": "warning",
    "confirmed": "success",
    "corrected": "warning",
}

TOWN_CHANGE_CHOICES = [
    ("register", "登记"),
    ("rename", "更名"),
    ("amend", "变更登记事项"),
    ("merge", "合并"),
    ("split", "分设"),
    ("strike_off", "退出"),
]
PAPER_KIND_CHOICES = [
    ("policy", "一镇一策"),
    ("plan", "发展规划"),
    ("naming", "认定文件"),
    ("other", "其他文件"),
]


class Filing(StrEnum):
    """States of an application, as its town sees it."""

    DRAFT = "draft"
    READY = "ready"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"
    REJECTED = "rejected"
    CERTIFIED = "certified"


class FilingRow(NamedTuple):
    """A state with its word and colour, whether the filer may edit, and whether it still runs."""

    key: Filing
    label: str
    tone: str
    editable: bool
    live: bool


FILINGS: dict[str, FilingRow] = {
    row.key: row
    for row in (
        FilingRow(Filing.DRAFT, "填报中", "neutral", True, True),
        FilingRow(Filing.READY, "待提交", "warning", False, True),
        FilingRow(Filing.SUBMITTED, "已提交", "info", False, True),
        FilingRow(Filing.RETURNED, "退回补正", "warning", True, True),
        FilingRow(Filing.WITHDRAWN, "已撤回", "neutral", False, False),
        FilingRow(Filing.REJECTED, "不予认定", "danger", False, False),
        FilingRow(Filing.CERTIFIED, "已认定", "success", False, False),
    )
}
FILING_CHOICES = [(row.key.value, row.label) for row in FILINGS.values()]
LIVE_FILINGS = [row.key.value for row in FILINGS.values() if row.live]
EDITABLE_FILINGS = [row.key.value for row in FILINGS.values() if row.editable]

CERTIFICATION_STATE_CHOICES = [("valid", "有效"), ("revoked", "撤销"), ("replaced", "更正")]
CERTIFICATION_TONES = {"valid": "success", "revoked": "danger", "replaced": "neutral"}

SIMULATION_SUBJECT_CHOICES = [("town", "在库专业镇"), ("application", "在办申报")]
# What a criteria set would change for a town; "other": neither gains nor loses, yet differs.
SIMULATION_CHANGE_CHOICES = [
    ("gains", "新符合"),
    ("loses", "不再符合"),
    ("other", "其他变化"),
    ("same", "不变"),
]

# What a round calls for. Its chain and the criteria set must be of the same kind.
ROUND_KIND_CHOICES = [("certification", "认定申报")]
# The documents state no wording of the applicant's promise; an office may set its own for a round.
COMMITMENTS = (
    "申报内容和所附佐证材料真实、准确、完整，与纸质材料一致。",
    "年度数据与统计、税务等部门掌握的数据一致，口径如有不同已在说明中写明。",
    "内容如有不实，由申报单位负责。",
)
# A telephone number: seven digits at least, with the signs that join, separate and extend them.
PHONE = r"(?=(?:[^0-9]*[0-9]){7})[0-9()（）+＋、，,/；;转分机 －—-]+"
PHONE_WRONG = "联系电话只能写数字和连接号，例如 0357-5322018 或者 13812345678。"
# Where the text of a field that nobody has typed yet comes from.
DRAFT_SOURCE_CHOICES = [
    ("typed", "填写"),
    ("last_year", "上次申报带入"),
    ("register", "台账带入"),
    ("workbook", "表格带入"),
]
