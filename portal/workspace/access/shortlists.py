"""Rows of the access matrix: 推荐名单、推荐函、推荐汇总表."""

from __future__ import annotations

from portal.workspace.access.kinds import (
    CALL,
    CONCERNED,
    DESK,
    HANDLERS,
    OFFICE,
    PUBLISHERS,
    Kinds,
    Relation,
    Row,
    Sight,
)

# Lists are made by the city in a round of the province: it stands above the county that asks.
LISTS = (Relation.LOWER,)
RECOMMENDERS: Kinds = ("office_director", "office_deputy_director", "checker")
OF_CITY: Sight = ((OFFICE, LISTS),)
BY_RANKER: Sight = ((HANDLERS, LISTS),)
BY_RECOMMENDER: Sight = ((RECOMMENDERS, LISTS),)
BY_DRAFTER: Sight = ((PUBLISHERS, LISTS),)

# fmt: off
ROWS: tuple[Row, ...] = (
    Row("shortlists", "GET", "推荐名单列表", DESK),
    Row("shortlist-read", "GET", "查看推荐名单", OF_CITY),
    Row("shortlist", "GET", "推荐名单", OF_CITY),
    Row("shortlist", "POST", "排序、保存推荐名单", BY_RANKER, OF_CITY),
    Row("reviews.save_shortlist", "", "排序、保存推荐名单", BY_RANKER),
    Row("shortlist-confirm", "GET POST", "确定推荐名单", BY_RECOMMENDER, OF_CITY),
    Row("reviews.confirm_shortlist", "", "确定推荐名单", BY_RECOMMENDER),
    Row("shortlist-promote", "GET POST", "递补", BY_RECOMMENDER, OF_CITY),
    Row("reviews.promote_reserve", "", "递补", BY_RECOMMENDER),
    Row("shortlist-letter", "GET POST", "拟写推荐函", BY_DRAFTER, OF_CITY),
    Row("reviews.draft_recommendation", "", "拟写推荐函", BY_DRAFTER),
    Row("summary-export", "POST", "导出推荐汇总表", ((OFFICE, CONCERNED),), CALL),
)
INTERNAL: tuple[Row, ...] = (
    Row("reviews.lock_shortlist", "", "锁定推荐名单", caller="reviews.save_shortlist"),
    Row("reviews.lock_list", "", "锁定推荐名单和办件", caller="reviews.save_shortlist"),
    Row("reviews.lock_own", "", "锁定本办公室的名单", caller="reviews.confirm_shortlist"),
    Row("reviews.enter_list", "", "记入名单的台账", caller="reviews.save_shortlist"),
    Row("reviews.release_list", "", "撤销推荐函拟稿", caller="reviews.draft_recommendation"),
    Row("reviews.prepare_letter", "", "核对推荐函的名单", caller="reviews.draft_recommendation"),
    Row("reviews.send_letter", "", "印发推荐函", caller="reviews.draft_recommendation"),
)
# fmt: on
