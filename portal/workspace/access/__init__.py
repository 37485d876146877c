"""Who may do what: one row for every address and every action, one cell for every kind of post.

The table decides nothing. ``visible_to`` and the policies decide; ``tests/access`` asks every cell
of the table and compares, and ``access-matrix`` shows it in Chinese. A new address, action or kind
of post fails the tests until it has its row in the module of its subject.
"""

from __future__ import annotations

from portal.workspace.access import (
    accounts,
    batches,
    cases,
    cockpit,
    consulting,
    contributing,
    correcting,
    criteria,
    desk,
    documents,
    drafting,
    enterprises,
    evidence,
    figures,
    filing,
    honours,
    imports,
    indicators,
    inquiries,
    internal,
    ledger,
    lists,
    offline,
    organisation,
    paperwork,
    public,
    publishing,
    queue,
    renditions,
    rounds,
    sections,
    shortlists,
    simulations,
    templates_of_documents,
    towns,
    uploads,
    visits,
    word,
    working,
)
from portal.workspace.access.kinds import (
    ANONYMOUS,
    ANSWERS,
    COLUMNS,
    NOBODY,
    RELATIONS,
    WITHOUT_POST,
    Answer,
    Relation,
    Row,
    Sight,
)

__all__ = [
    "ANONYMOUS",
    "ANSWERS",
    "COLUMNS",
    "NOBODY",
    "RELATIONS",
    "SUBJECTS",
    "WITHOUT_POST",
    "Answer",
    "Relation",
    "Row",
    "answer",
    "rows",
]

SUBJECTS: tuple[tuple[str, tuple[Row, ...]], ...] = tuple(
    (label, group)
    for label, group in (
        ("公开页面和登录", public.ROWS),
        ("工作台", desk.ROWS),
        ("专业镇", towns.ROWS),
        ("企业", enterprises.ROWS),
        ("荣誉、标准、品牌", honours.ROWS),
        ("年度数据", figures.ROWS),
        ("认定标准", criteria.ROWS),
        ("标准的发布", publishing.ROWS),
        ("指标目录、类别", indicators.ROWS),
        ("标准模拟、梯次培育", simulations.ROWS),
        ("列表、视图、导出", lists.ROWS),
        ("导入", imports.ROWS),
        ("文件和上传", uploads.ROWS),
        ("批次", filing.ROUNDS),
        ("批次的名额、材料、延期、试运行", rounds.ROWS),
        ("批次进度", cockpit.ROWS),
        ("申报", filing.APPLICATIONS),
        ("申报各部分的填写", drafting.ROWS),
        ("离线填报和打印", offline.ROWS),
        ("佐证材料", evidence.ROWS),
        ("申报的台账部分、带入", sections.ROWS),
        ("填报联系人、代为录入", contributing.ROWS),
        ("办件", cases.CASES),
        ("办件的承办、批量办理", queue.ROWS),
        ("征求成员单位意见、条款分工", consulting.ROWS),
        ("退回补正", correcting.ROWS),
        ("现场核查", visits.ROWS),
        ("推荐名单、推荐函", shortlists.ROWS),
        ("常用意见、内部备注、维持原意见", working.ROWS),
        ("会议、公示、名单", cases.OUTCOMES),
        ("材料、批量文件", batches.ROWS),
        ("公文", paperwork.ROWS),
        ("公文的办理、分发、字号", documents.ROWS),
        ("公文模板、拟写", templates_of_documents.ROWS),
        ("公文的签章版、扫描版", renditions.ROWS),
        ("公文的可编辑文件", word.ROWS),
        ("补充说明、办理期限", inquiries.ROWS),
        ("台账", ledger.ROWS),
        ("机构和岗位", organisation.ROWS),
        ("账号", accounts.ROWS),
        ("系统内部", internal.ROWS),
    )
    if group
)


def rows() -> list[Row]:
    """Every row of the table."""
    return [row for _, group in SUBJECTS for row in group]


def answer(row: Row, who: str, relation: Relation) -> Answer:
    """The cell of a row for a kind of post, or for somebody without one, in a relation."""
    if _holds(row.may, who, relation):
        return Answer.MAY
    if not row.methods or _holds(row.sees, who, relation):
        return Answer.REFUSED
    return Answer.SIGN_IN if who == ANONYMOUS and (row.may or row.sees) else Answer.ABSENT


def _holds(sight: Sight, who: str, relation: Relation) -> bool:
    return any(who in kinds and relation in relations for kinds, relations in sight)
