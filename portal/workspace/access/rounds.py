"""Rows of the access matrix: 批次的修改、推荐名额、材料清单、延期、试运行."""

from __future__ import annotations

from portal.workspace.access.kinds import (
    BY_DIRECTOR,
    BY_PUBLISHER,
    CALL,
    IN_FORCE,
    INSIDE,
    POSTS,
    PUBLISHERS,
    Relation,
    Row,
    Sight,
)

# A round of the province, in which the city was given places: it hands them down to the county.
HANDS_DOWN: Sight = ((PUBLISHERS, (Relation.LOWER,)),)
OF_PROVINCE: Sight = ((POSTS, IN_FORCE),)

# fmt: off
ROWS: tuple[Row, ...] = (
    Row("round-edit", "GET POST", "修改申报批次", BY_PUBLISHER, CALL),
    Row("reviews.change_round", "", "修改申报批次", BY_PUBLISHER),
    Row("round-quotas", "GET POST", "下达推荐名额", HANDS_DOWN, OF_PROVINCE),
    Row("towns.set_quotas", "", "设定、下达推荐名额", HANDS_DOWN),
    Row("round-slots", "GET POST", "编写材料清单", BY_PUBLISHER, CALL),
    Row("round-slot-new", "GET POST", "材料清单增加一项", BY_PUBLISHER, CALL),
    Row("round-slot", "GET POST", "修改材料清单的一项", BY_PUBLISHER, CALL),
    Row("round-slot-move", "POST", "调整顺序、删除", BY_PUBLISHER, CALL),
    Row("towns.add_slot", "", "材料清单增加一项", BY_PUBLISHER),
    Row("towns.change_slot", "", "修改材料清单的一项", BY_PUBLISHER),
    Row("towns.remove_slot", "", "材料清单删除一项", BY_PUBLISHER),
    Row("towns.move_slot", "", "调整材料清单顺序", BY_PUBLISHER),
    Row("towns.copy_slots", "", "复制以前批次的材料清单", BY_PUBLISHER),
    Row("round-extensions", "GET POST", "办理延期", BY_DIRECTOR, CALL),
    Row("towns.grant_extension", "", "办理延期", BY_DIRECTOR),
    Row("round-extension-revoke", "GET POST", "撤销延期", BY_DIRECTOR, CALL),
    Row("towns.revoke_extension", "", "撤销延期", BY_DIRECTOR),
    Row("round:trial", "GET", "查看试运行的批次", INSIDE),
    Row("round-discard", "GET POST", "清除试运行数据", BY_PUBLISHER, INSIDE),
    Row("towns.discard_trial", "", "清除试运行数据", BY_PUBLISHER),
    Row("round-official", "GET POST", "转为正式批次", BY_PUBLISHER, INSIDE),
    Row("towns.end_trial", "", "转为正式批次", BY_PUBLISHER),
)
# fmt: on
