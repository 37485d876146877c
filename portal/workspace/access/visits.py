"""Rows of the access matrix: 现场核查."""

from __future__ import annotations

from portal.workspace.access.kinds import BY_HANDLER, CASE, OFFICE, OWN, REGION, Row, Sight

# A visit that is planned is its office's own; the offices above read what was found.
VISIT: Sight = ((OFFICE, OWN),)
FOUND: Sight = ((OFFICE, REGION),)

# fmt: off
ROWS: tuple[Row, ...] = (
    Row("visit-new", "GET POST", "安排现场核查", BY_HANDLER, CASE),
    Row("reviews.plan_visit", "", "安排现场核查", BY_HANDLER),
    Row("visit", "GET", "查看现场核查", FOUND),
    Row("visit", "POST", "登记现场核查", BY_HANDLER, FOUND),
    Row("reviews.record_visit", "", "登记现场核查", BY_HANDLER),
    Row("visit-photos", "GET", "查看现场核查", FOUND),
    Row("visit-photos", "POST", "上传现场照片", BY_HANDLER, FOUND),
    Row("reviews.add_photos", "", "上传现场照片", BY_HANDLER),
    Row("visit-photo-remove", "GET", "查看现场核查", FOUND),
    Row("visit-photo-remove", "POST", "删除现场照片", BY_HANDLER, FOUND),
    Row("reviews.remove_photo", "", "删除现场照片", BY_HANDLER),
    Row("visit-cancel", "GET POST", "取消现场核查", BY_HANDLER, VISIT),
    Row("reviews.cancel_visit", "", "取消现场核查", BY_HANDLER),
)
# fmt: on
