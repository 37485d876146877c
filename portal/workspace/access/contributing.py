"""Rows of the access matrix: 填报联系人、代为录入."""

from __future__ import annotations

from portal.workspace.access.kinds import (
    BY_FILER,
    CALL,
    CONCERNED,
    CONTACT,
    DESK,
    DRAFT,
    FILING,
    HANDLERS,
    OFFICE,
    OWN,
    Relation,
    Row,
)

BY_CONTACT = ((CONTACT, (*OWN, Relation.UPPER)),)

# fmt: off
ROWS: tuple[Row, ...] = (
    Row("contributions", "GET", "交给我的部分", DESK),
    Row("contribution", "GET POST", "填写交给我的部分", BY_CONTACT),
    Row("application-contacts", "GET POST", "填报联系人、授权部分填报", BY_FILER, DRAFT),
    Row("towns.grant_sections", "", "授权联系人填写部分内容", BY_FILER),
    Row("application-contact-revoke", "POST", "收回部分填报授权", BY_FILER, DRAFT),
    Row("towns.revoke_sections", "", "收回部分填报授权", BY_FILER),
    Row("round-on-behalf", "GET POST", "代为录入申报", ((HANDLERS, CONCERNED),), CALL),
    Row("application-give-up", "GET POST", "撤销代录", ((HANDLERS, OWN),),
        ((OFFICE, OWN), (FILING, (Relation.GRANTED,)))),
    Row("towns.give_up_on_behalf", "", "撤销代录", ((HANDLERS, OWN),)),
    Row("towns.start_on_behalf", "", "代为录入申报",
        ((HANDLERS, (*OWN, Relation.UPPER)),)),
)
# fmt: on
