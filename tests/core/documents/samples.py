"""Documents of every layout like those an office sends out, of any length.

``sample`` is a notice with a table of ``rows`` rows; ``sample_of`` is one document of the layout,
with everything that layout prints. Both take any field of ``DocumentContent`` as a change, and
``rows`` for the length of the attached table. ``joint`` names one to five issuers.

What can be measured on them, from the edges of the paper. Even pages are mirrored: the type area
begins 28 mm from the left on odd pages and 26 mm on even ones. Distances to lines of text are to
their em boxes; the upper edge of a red name is that of its ink.
"""

from datetime import date
from typing import Any, Final

from portal.core.documents.content import People
from portal.core.documents.kinds import Layout
from portal.core.documents.typesetting import Attachment, DocumentContent, Paragraph

LONG_TOWN = "晋城市陵川县太行山连翘茶中药材专业镇"
TOWNS = (LONG_TOWN, "泽州县铸造专业镇", "阳城县陶瓷琉璃专业镇", "高平市生猪专业镇")
ORGAN = "晋城市专业镇高质量发展工作领导小组办公室"

BODY = (
    Paragraph(
        "body",
        "根据《晋城市人民政府办公室关于印发晋城市专业镇培育壮大实施方案的通知》"
        "（晋市政办〔2023〕39号）要求，经县（市、区）推荐、专家评审、领导小组会议研究并向社会公示，"
        "现将2026年度晋城市市级专业镇名单予以公布，并就有关事项通知如下。",
    ),
    Paragraph("heading1", "一、加强组织领导"),
    Paragraph(
        "body",
        "各县（市、区）要切实履行主体责任，建立健全工作机制，明确牵头部门和专职人员，制定年度培育计划，"
        "细化任务清单、责任清单。主导产业年产值达到20亿元以上的专业镇，增速保持在12.5%以上。",
    ),
    Paragraph(
        "heading2", "（一）完善培育机制。", "对已认定的专业镇实行动态管理，每年开展一次综合评价。"
    ),
    Paragraph(
        "body",
        "对龙头企业“小升规”、技术改造、品牌建设、市场开拓等方面予以重点支持——具体办法由市工业和信息化局"
        "会同市财政局另行制定……有关情况及时报领导小组办公室。",
    ),
)

JOINT_ORGANS: Final = (
    "山西省工业和信息化厅",
    "山西省财政厅",
    "山西省农业农村厅",
    "山西省商务厅",
    "山西省市场监督管理局",
)
# A code as it is stored, and the address its QR code holds.
CODE: Final = "7K3M9QX2ABCD"
VERIFY_URL: Final = "https://zyz.example.gov.cn/verify/7K3M9QX2ABCD/"
CODE_PRINTED: Final = "7K3M-9QX2-ABCD"

PEOPLE: Final = (
    People("出席", "张建国、李垚、王㛃、赵秀英（省工业和信息化厅），钱学文、孙贠（省财政厅）"),
    People("请假", "周晓明（省商务厅）"),
    People("列席", "吴春梅、郑隰生（太原市工业和信息化局），各专业镇所在县（市、区）负责同志"),
)


def town_rows(count: int) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (str(number), f"{TOWNS[number % len(TOWNS)]}之{number}", "陵川县", "先进制造业")
        for number in range(1, count + 1)
    )


def towns(count: int, /, **changes: Any) -> Attachment:
    """A list of towns as an attachment."""
    values: dict[str, Any] = {
        "title": "2026年度晋城市市级专业镇名单",
        "header": ("序号", "专业镇名称", "所在县（市、区）", "主导产业"),
        "widths": (8, 40, 24, 40),
        "rows": town_rows(count),
    }
    return Attachment(**(values | changes))


def wide(count: int, /, **changes: Any) -> Attachment:
    """A table of eight columns that lies across the page (横排表格)."""
    values: dict[str, Any] = {
        "title": "2026年度晋城市市级专业镇主要经济指标",
        "header": (
            "序号", "专业镇名称", "所在县（市、区）", "主导产业", "产值（亿元）", "增速（%）",
            "从业人数（人）", "龙头企业",
        ),
        "widths": (6, 26, 16, 14, 12, 10, 13, 30),
        "rows": tuple(
            (*row, f"{20 + index / 10:.1f}", "12.5", f"{1200 + index}", "某某实业（集团）有限公司")
            for index, row in enumerate(town_rows(count))
        ),
        "landscape": True,
    }  # fmt: skip
    return Attachment(**(values | changes))


COPY_TO = "省专业镇工作领导小组办公室，市纪委监委"


def sample(rows: int = 3, *, copy_to: str | None = COPY_TO, **changes: object) -> DocumentContent:
    """A notice with a table of ``rows`` rows, or none."""
    values: dict[str, object] = {
        "layout": Layout.NOTICE,
        "organs": (ORGAN,),
        "number": "晋专镇办〔2026〕1号",
        "title": "关于公布2026年度晋城市市级专业镇名单的通知",
        "addressees": "各县（市、区）专业镇工作领导小组办公室，领导小组各成员单位",
        "paragraphs": BODY,
        "signatories": (ORGAN,),
        "signed_on": date(2026, 11, 21),
        "attachments": (towns(rows),) if rows else (),
        "seal_hint": "（用印处）",
        "note": "此件公开发布",
        "copy_to": copy_to,
        "printed_by": "晋城市工业和信息化局办公室",
        "printed_on": date(2026, 11, 23),
    }
    values.update(changes)
    return DocumentContent(**values)  # type: ignore[arg-type]


_OF_LAYOUT: Final[dict[Layout, dict[str, object]]] = {
    Layout.NOTICE: {},
    Layout.LETTER: {
        "number": "晋专镇办函〔2026〕12号",
        "title": "关于商请提供专业镇年度数据的函",
        "addressees": "各县（市、区）人民政府",
        "note": "",
    },
    Layout.MINUTES: {
        "number": "〔2026〕3号",
        "title": "晋城市专业镇发展领导小组会议纪要",
        "addressees": "",
        "people": PEOPLE,
        "note": "",
    },
    Layout.PUBLICITY: {
        "number": "",
        "title": "关于2026年度晋城市拟认定市级专业镇名单的公示",
        "addressees": "",
        "copy_to": None,
        "note": "",
    },
    Layout.PLAIN: {
        "number": "",
        "title": "2026年度晋城市专业镇申报材料受理回执",
        "addressees": "",
        "copy_to": None,
        "note": "",
        "seal_hint": "",
    },
    Layout.CERTIFICATE: {
        "number": "晋专镇证〔2026〕7号",
        "title": "证书",
        "addressees": "",
        "paragraphs": (
            Paragraph("body", f"{LONG_TOWN}："),
            Paragraph(
                "body",
                "经县（市、区）推荐、专家评审、领导小组会议研究并向社会公示，你镇被认定为2026年度"
                "晋城市市级专业镇，有效期三年。特发此证。",
            ),
        ),
        "attachments": (),
        "copy_to": None,
        "note": "",
    },
}


def sample_of(layout: Layout, rows: int = 3, **changes: object) -> DocumentContent:
    """A document of the layout with all that it prints; a certificate has no table."""
    return sample(rows, **{**_OF_LAYOUT[layout], "layout": layout, **changes})  # type: ignore[arg-type]


def joint(count: int, layout: Layout = Layout.NOTICE, rows: int = 0, **changes: object) -> Any:
    """The same with ``count`` issuers, one to five."""
    organs = JOINT_ORGANS[:count]
    return sample_of(layout, rows, **{"organs": organs, "signatories": organs, **changes})
