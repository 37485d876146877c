"""Rows of the access matrix: 申报各部分的填写."""

from __future__ import annotations

from portal.workspace.access.contributing import BY_CONTACT
from portal.workspace.access.kinds import BY_FILER, DRAFT, Row

# fmt: off
ROWS: tuple[Row, ...] = (
    Row("application-industry", "GET", "查看主导产业和主导产品", DRAFT),
    Row("application-industry", "POST", "填写主导产业和主导产品", BY_FILER, DRAFT),
    Row("application-verdict", "GET", "查看一条的对照结果", DRAFT),
    Row("application-autosave", "POST", "填写时自动保存", BY_FILER + BY_CONTACT, DRAFT),
    Row("application-presence", "POST", "显示谁正在填写", BY_FILER + BY_CONTACT, DRAFT),
    Row("towns.autosave_section", "", "自动保存一个部分", BY_FILER + BY_CONTACT),
    Row("towns.save_section", "", "保存一个部分", BY_FILER + BY_CONTACT),
    Row("towns.note_presence", "", "登记正在填写", BY_FILER + BY_CONTACT),
)
# fmt: on
