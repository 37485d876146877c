"""证书 of a certification, and 告知书 to the county of its town. Wordings are templates."""

from __future__ import annotations

from datetime import date

from criteria.categories import category_label
from portal.core.actor import Actor, acting_office
from portal.core.document_queries import template_texts
from portal.core.documents.content import DocumentContent
from portal.core.documents.kinds import ORGAN, REGION, YEAR, Kind, Layout, Placeholder, Texts
from portal.core.documents.stored import SEAL_HINT
from portal.core.documents.wording import fill, paragraphs_of
from portal.core.formatting import cn_date
from portal.core.models import Office, Region
from towns.models import Certification

CERTIFICATE = "certificate"
LETTER = "certification_letter"

TOWN = Placeholder("专业镇", "认定的专业镇名称", "甲县铸造专业镇", required=True)
PLACEHOLDERS = (
    *(ORGAN, REGION, YEAR, TOWN),
    Placeholder("所在县", "专业镇所在的县（市、区）", "甲县"),
    Placeholder("级别", "认定的级别", "省级"),
    Placeholder("类别", "专业镇类别", "先进制造业类"),
    Placeholder("主导产业", "专业镇的主导产业", "铸造"),
    Placeholder("认定日期", "认定的日期", "2026年11月21日"),
    Placeholder("认定文件", "认定文件的标题", "关于公布山西省2026年度省级专业镇名单的通知"),
    Placeholder("认定文号", "认定文件的文号", "晋专镇发〔2026〕1号"),
    Placeholder("有效期", "有效期的说明；没有设定的写“未载明”", "有效期未载明"),
)
CERTIFICATE_TEXTS = Texts(
    title="证书",
    addressees="",
    body=(
        "【专业镇】：\n"
        "根据《【认定文件】》（【认定文号】），你镇（【所在县】，【类别】）被认定为【行政区划】【年度】年度"
        "【级别】专业镇。特发此证。"
    ),
)
LETTER_TEXTS = Texts(
    title="关于告知【专业镇】认定结果的函",
    addressees="【所在县】人民政府",
    body=(
        "【发文机关】印发的《【认定文件】》（【认定文号】）已认定你县（市、区）【专业镇】为"
        "【年度】年度【级别】专业镇（【类别】，主导产业为【主导产业】）。现将认定结果函告你县（市、区）。\n"
        "请加强对该专业镇的培育指导，落实支持政策，并做好证书、牌匾的接收和管理。"
    ),
)
CERTIFICATE_KIND = Kind(
    key=CERTIFICATE,
    label="认定证书",
    genre="证书",
    layout=Layout.CERTIFICATE,
    supplied=CERTIFICATE_TEXTS,
    placeholders=PLACEHOLDERS,
    free=False,
    numbered=False,
)
LETTER_KIND = Kind(
    key=LETTER,
    label="认定告知书",
    genre="函",
    layout=Layout.LETTER,
    supplied=LETTER_TEXTS,
    placeholders=PLACEHOLDERS,
    free=False,
    numbered=False,
)


def find(actor: Actor, pk: int) -> Certification | None:
    """A certification that the actor sees."""
    rows = Certification.objects.visible_to(actor).select_related("document__office", "town")
    return rows.filter(pk=pk).first()


def certificate(actor: Actor, row: Certification) -> DocumentContent:
    """The certificate: dated as the document that certified the town, without a number of its
    own."""
    texts = _texts(acting_office(actor), CERTIFICATE, row)
    organs = organs_of(actor, row)
    return DocumentContent(
        layout=Layout.CERTIFICATE,
        organs=organs,
        number="",
        title=texts.title,
        addressees=texts.addressees,
        paragraphs=paragraphs_of(texts.body),
        signatories=organs,
        signed_on=row.valid_from,
        seal_hint=SEAL_HINT,
    )


def letter(actor: Actor, row: Certification, on: date) -> DocumentContent:
    """The letter to the county, without a number of its own."""
    office = acting_office(actor)
    texts = _texts(office, LETTER, row)
    return DocumentContent(
        layout=Layout.LETTER,
        organs=(office.name,),
        number="",
        title=texts.title,
        addressees=texts.addressees,
        paragraphs=paragraphs_of(texts.body),
        signatories=(office.name,),
        signed_on=on,
        seal_hint=SEAL_HINT,
        note=texts.note,
        copy_to=texts.copy_to or None,
    )


def organs_of(actor: Actor, row: Certification) -> tuple[str, ...]:
    """Who certified it: the document's organs under the names they bore, else the acting office."""
    if row.document is None:
        return (acting_office(actor).name,)
    return (row.document.organ, *row.document.joint_organs)


def _texts(office: Office, kind: str, row: Certification) -> Texts:
    county = Region.objects.filter(code=row.scope_code).values_list("name", flat=True).first() or ""
    title = row.document.title if row.document is not None else row.source_title
    until = cn_date(row.valid_to) if row.valid_to else ""
    values = {
        "发文机关": office.name,
        "行政区划": office.region.name,
        "年度": str(row.year),
        "专业镇": row.town_name,
        "所在县": county,
        "级别": row.get_level_display(),
        "类别": category_label(row.category),
        "主导产业": row.industry,
        "认定日期": cn_date(row.valid_from),
        "认定文件": title or row.document_number,
        "认定文号": row.document_number,
        "有效期": f"有效期至{until}" if until else "有效期未载明",
    }
    return fill(template_texts(office, kind), values)
