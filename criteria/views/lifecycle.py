"""Pages that take a set a step further: each asks one thing, calls one action and goes back."""

from __future__ import annotations

from typing import Any

from criteria import policies
from criteria.actions import (
    copy_criteria_set,
    discard_criteria_set,
    propose_criteria_set,
    publish_criteria_set,
    return_proposal,
    take_back_proposal,
    withdraw_criteria_set,
)
from criteria.forms.lifecycle import (
    CopyForm,
    ProposeForm,
    PublishForm,
    ReturnForm,
    WithdrawForm,
)
from criteria.views.steps import SetStepView
from portal.core import clock
from portal.core.constants import UNSTATED
from portal.core.formatting import cn_date, cn_datetime

STAYS = "已设立的批次、已开始的申报和已出的评定结果保留原来的版本，不受影响。"


class CopyView(SetStepView):
    """Begin a draft of one's own with what a published set says."""

    label = "复制为草稿"
    policy = staticmethod(policies.may_copy)
    form_class = CopyForm
    made = ""

    @property
    def own(self) -> bool:
        """Whether the copy is the next version of the same set."""
        return policies.own_set(self.actor, self.set).ok

    def initial(self) -> dict[str, Any]:
        """The set's own name for its next version, otherwise one of the acting office."""
        if self.own:
            return {"title": self.set.title}
        level, office = self.actor.level, self.actor.office
        place = office.region.name if office is not None else ""
        adjective = level.adjective if level is not None else ""
        return {"title": f"{place}{adjective}专业镇{self.set.kind_label}"}

    def explained(self) -> list[str]:
        """What the copy holds and what is left to fill in."""
        whole = "各条原文、条件、放宽、优先情形、计分和类别整套复制到草稿，草稿只有本机构看得到。"
        if self.own:
            return [
                whole,
                "草稿发布后成为本标准的下一版；文号、印发日期、施行日期和失效日期按新文件填写。",
            ]
        return [
            whole,
            "草稿是本机构自己的标准，只以该标准为起点；依据文件、文号和日期按本级文件填写。",
            "各条原文须改为本级文件的原文。",
        ]

    def perform(self, given: dict[str, Any]) -> str:
        """Copy it."""
        row = copy_criteria_set(actor=self.actor, key=self.set.key, title=given["title"])
        self.made = row.key
        return f"草稿《{row.title}》已建立。请先填写依据文件和施行日期，再修改各条。"

    def done_url(self) -> str:
        """The draft."""
        return self.url("criteria-set", self.made)


class DiscardView(SetStepView):
    """Throw a draft away."""

    label = "删除草稿"
    tone = "danger"
    policy = staticmethod(policies.may_discard)

    def explained(self) -> list[str]:
        """What is gone and what stays."""
        return ["草稿的各条内容和模拟结果全部删除，不能恢复。", "台账保留删除记录和内容校验值。"]

    def items(self) -> list[dict[str, Any]]:
        """How much there is and who worked on it last."""
        changed = cn_datetime(self.set.changed_at) if self.set.changed_at else ""
        return [
            *super().items(),
            {"label": "条目", "value": f"{self.set.criteria.count()} 条"},
            {"label": "最近修改", "value": self.set.changed_name, "note": changed},
        ]

    def perform(self, given: dict[str, Any]) -> str:
        """Delete it."""
        key, revision = self.set.key, given["revision"]
        return (
            f"草稿《{discard_criteria_set(actor=self.actor, key=key, revision=revision)}》已删除。"
        )

    def done_url(self) -> str:
        """The list."""
        return self.url("criteria")


class ProposeView(SetStepView):
    """Hand a draft to a second person."""

    label = "提请确认发布"
    policy = staticmethod(policies.may_propose)
    form_class = ProposeForm

    def explained(self) -> list[str]:
        """Who goes on."""
        return [
            "提请后草稿不能修改；需要修改的，可以取回。",
            "由本机构没有参与编制的另一位主任或副主任确认发布，或写明意见退回修改。",
            "参与编制的人、提请人不能自己确认。",
        ]

    def perform(self, given: dict[str, Any]) -> str:
        """Propose it."""
        row = propose_criteria_set(
            actor=self.actor, key=self.set.key, revision=given["revision"], note=given["note"]
        )
        return f"《{row.title}》已提请确认发布，等待另一位主任或副主任确认。"


class TakeBackView(SetStepView):
    """Make a proposal a draft again."""

    label = "取回修改"
    policy = staticmethod(policies.may_take_back)

    def explained(self) -> list[str]:
        """What can be done then."""
        return ["取回后可以继续修改；改好后须重新提请确认发布。"]

    def perform(self, given: dict[str, Any]) -> str:
        """Take it back."""
        take_back_proposal(actor=self.actor, key=self.set.key)
        return "已取回，可以继续修改。改好后请重新提请确认发布。"


class ReturnView(SetStepView):
    """Give a proposal back for changes."""

    label = "退回修改"
    policy = staticmethod(policies.may_return)
    form_class = ReturnForm

    def explained(self) -> list[str]:
        """What can be done then."""
        return ["退回后由编制人修改，改好后重新提请确认发布。"]

    def perform(self, given: dict[str, Any]) -> str:
        """Return it."""
        row = return_proposal(actor=self.actor, key=self.set.key, **given)
        return f"《{row.title}》已退回修改，意见已通知本机构。"


class PublishView(SetStepView):
    """Confirm a proposal as the second person."""

    label = "确认发布"
    policy = staticmethod(policies.may_publish)
    form_class = PublishForm

    def explained(self) -> list[str]:
        """From when it counts, what keeps the version before it, and who is told."""
        start, before = self.set.effective_from, self.before
        found = []
        if start is not None and start > clock.today():
            found.append(f"自{cn_date(start)}起施行；在此之前，新批次仍按现行标准设立。")
        elif start is not None:
            found.append(f"施行日期为{cn_date(start)}，发布后立即可以用于新批次。")
        if before is not None:
            found.append(f"自施行日期起替代{before.version_label}《{before.title}》。{STAYS}")
            kept = self.keepers(before)
            if kept:
                found.append(f"继续按{before.version_label}办理的批次：{'、'.join(kept)}。")
        found.append("发布后任何人都不能修改；需要调整的，复制为下一版另行发布。")
        found.append("同时通知本辖区、上级和下级领导小组办公室及有关填报单位，并在公开页面公布。")
        return found

    def items(self) -> list[dict[str, Any]]:
        """What is confirmed, the way to what changes, and who proposed it."""
        proposed, before = self.set.proposed_at, self.before
        compared = {}
        if before is not None:
            there = self.url("criteria-compare", self.set.key)
            compared = {
                "label": "修改了什么",
                "value": "与上一版比较",
                "url": f"{there}&with={before.key}",
                "note": f"{before.version_label}《{before.title}》",
            }
        return [
            *super().items(),
            *([compared] if compared else []),
            {"label": "失效日期", "value": self.set.effective_to or UNSTATED},
            {
                "label": "提请人",
                "value": self.set.proposed_name,
                "note": cn_datetime(proposed) if proposed else "",
            },
            {"label": "提请说明", "value": self.set.proposal_note},
        ]

    def perform(self, given: dict[str, Any]) -> str:
        """Publish it."""
        row = publish_criteria_set(actor=self.actor, key=self.set.key, revision=given["revision"])
        return (
            f"《{row.title}》已发布为{row.version_label}，自{cn_date(row.effective_from)}起施行。"
        )


class WithdrawView(SetStepView):
    """Say that a published version is used for no new round."""

    label = "撤回标准"
    tone = "danger"
    policy = staticmethod(policies.may_withdraw)
    form_class = WithdrawForm

    def explained(self) -> list[str]:
        """What stays, and what counts then."""
        found = [f"撤回后新批次不能再用本版。{STAYS}", "撤回不能取消；撤回日期和原因公开显示。"]
        kept = self.keepers(self.set)
        if kept:
            found.append(f"继续按本版办理的批次：{'、'.join(kept)}。")
        if self.before is not None:
            found.append(
                f"撤回后，{self.before.version_label}仍在有效期内的恢复为现行标准；"
                "也不再适用的，请另行撤回。"
            )
        found.append("同时通知本辖区、上级和下级领导小组办公室及有关填报单位。")
        return found

    def perform(self, given: dict[str, Any]) -> str:
        """Withdraw it."""
        row = withdraw_criteria_set(actor=self.actor, key=self.set.key, **given)
        start = cn_date(row.withdrawn_on)
        return f"《{row.title}》{row.version_label}已撤回，自{start}起不再用于新批次。"
