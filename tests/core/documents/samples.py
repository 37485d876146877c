"""A notice like those an office sends out, of any length."""

from datetime import date

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


def town_rows(count: int) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (str(number), f"{TOWNS[number % len(TOWNS)]}之{number}", "陵川县", "先进制造业")
        for number in range(1, count + 1)
    )


COPY_TO = "省专业镇工作领导小组办公室，市纪委监委"


def sample(rows: int = 3, *, copy_to: str | None = COPY_TO, **changes: object) -> DocumentContent:
    attachment = Attachment(
        "2026年度晋城市市级专业镇名单",
        ("序号", "专业镇名称", "所在县（市、区）", "主导产业"),
        (8, 40, 24, 40),
        town_rows(rows),
    )
    values: dict[str, object] = {
        "layout": Layout.NOTICE,
        "organs": (ORGAN,),
        "number": "晋专镇办〔2026〕1号",
        "title": "关于公布2026年度晋城市市级专业镇名单的通知",
        "addressees": "各县（市、区）专业镇工作领导小组办公室，领导小组各成员单位",
        "paragraphs": BODY,
        "signatories": (ORGAN,),
        "signed_on": date(2026, 11, 21),
        "attachments": (attachment,) if rows else (),
        "seal_hint": "（用印处）",
        "note": "此件公开发布",
        "copy_to": copy_to,
        "printed_by": "晋城市工业和信息化局办公室",
        "printed_on": date(2026, 11, 23),
    }
    values.update(changes)
    return DocumentContent(**values)  # type: ignore[arg-type]
