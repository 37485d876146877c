"""Shape of what is typed about the register of towns; the rules are the actions'."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms

from criteria.categories import category_choices, category_label
from portal.core.actor import Actor
from portal.core.constants import LEVELS
from portal.core.files import ACCEPTED, ACCEPTED_TEXT
from portal.core.models import Region
from towns.actions.reshaping import MOST_PARTS
from towns.constants import PAPER_KIND_CHOICES, STAGES
from towns.models import Town

CHOOSE = ("", "请选择")
MOST_CHOICES = 800


def day_field(label: str, help_text: str) -> forms.DateField:
    """The day of a change."""
    return forms.DateField(label=label, help_text=help_text)


def source_field(**more: Any) -> forms.CharField:
    """The document a change rests on."""
    return forms.CharField(
        label="依据文件",
        max_length=200,
        help_text="文件名称和文号，例如“蒲政发〔2026〕3号”。",
        **more,
    )


def reason_field(label: str, **more: Any) -> forms.CharField:
    """Why."""
    return forms.CharField(label=label, max_length=300, **more)


# --- what is registered -------------------------------------------------------------------------


class FactsForm(forms.Form):
    """Industry, products, category, bureau, counties, source."""

    industry = forms.CharField(label="主导产业", max_length=60, help_text="一个产业，例如“陶瓷”。")
    products = forms.CharField(
        label="主导产品", max_length=200, required=False, help_text="几种产品用顿号分开。"
    )
    category = forms.ChoiceField(label="类别")
    lead_bureau = forms.CharField(label="牵头部门", max_length=120, required=False)
    further_counties = forms.ModelMultipleChoiceField(
        Region.objects.none(),
        label="跨县域",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="产业跨及其他县（市、区）的，在此选择；只在本县的不选。",
        error_messages={"invalid_choice": "所选县（市、区）不在可选之列，请重新选择。"},
    )
    source = source_field()

    def offer_categories(self, near: Region | None) -> None:
        """Those of the documents, and those that offices of or around a region added."""
        self.fields["category"].choices = [CHOOSE, *category_choices(near)]  # type: ignore[attr-defined]

    def offer_counties(self, near: Region | None, chosen: Iterable[Region] = ()) -> None:
        """Counties and zones of a city, and those that are chosen already."""
        keys = [row.pk for row in chosen]
        city = near.parent_id if near is not None and near.kind in ("county", "zone") else None
        city = near.pk if near is not None and near.kind == "city" else city
        rows = Region.objects.filter(parent=city, kind__in=("county", "zone")) if city else None
        found = (
            Region.objects.filter(pk__in=keys)
            if rows is None
            else (rows | Region.objects.filter(pk__in=keys))
        )
        if rows is None and not keys:
            del self.fields["further_counties"]
            return
        if near is not None:
            found = found.exclude(pk=near.pk)
        self.fields["further_counties"].queryset = found.order_by("code")  # type: ignore[attr-defined]

    def facts(self) -> dict[str, Any]:
        """The registered facts, as the actions take them."""
        names = ("industry", "products", "category", "lead_bureau", "source")
        found = {name: self.cleaned_data[name] for name in names}
        return {**found, "further_counties": list(self.cleaned_data.get("further_counties", []))}


class RegisterForm(FactsForm):
    """A town to enter into the pool."""

    county = forms.ModelChoiceField(
        Region.objects.none(),
        label="所在县（市、区）",
        to_field_name="code",
        empty_label="请选择",
        error_messages={"invalid_choice": "该县（市、区）不在您的辖区内，请从列表中选择。"},
    )
    name = forms.CharField(
        label="专业镇名称",
        max_length=120,
        help_text="以县为基本单位，例如“应县陶瓷专业镇”。",
    )
    on = day_field("入库日期", "列入培育库的日期，不能晚于今天。")
    reason = reason_field("备注", required=False)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        home = actor.office.region if actor.office is not None else None
        self.offer_counties(home)
        self.offer_categories(home)
        scope = actor.scope
        rows = Region.objects.filter(kind__in=("county", "zone"))
        if scope is not None:
            rows = rows.filter(code__gte=scope.lower, code__lt=scope.upper)
        self.fields["county"].queryset = rows.order_by("code")  # type: ignore[attr-defined]
        if home is not None and home.kind in ("county", "zone"):
            self.initial.setdefault("county", home.code)
            self.fields["county"].empty_label = None  # type: ignore[attr-defined]
        facts = ("county", "name", "industry", "products", "category", "lead_bureau")
        further = tuple(name for name in ("further_counties",) if name in self.fields)
        self.fieldsets = (("专业镇", facts + further), ("入库", ("on", "source", "reason")))


class AmendForm(FactsForm):
    """What is registered of a town, with its category in each level's own list."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    reason = reason_field("变更原因", required=False)

    def __init__(
        self,
        *args: Any,
        town: Town,
        lists: Mapping[str, list[str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.offer_counties(town.county, town.further_counties.all())
        self.offer_categories(town.county)
        every = self.fields["category"].choices[1:]  # type: ignore[attr-defined]
        self.levels = list(LEVELS)
        for level in self.levels:
            named = lists.get(level)
            self.fields[f"category_{level}"] = forms.ChoiceField(
                label=f"{LEVELS[level].adjective}类别",
                required=False,
                choices=[
                    ("", "与登记类别相同"),
                    *([(key, category_label(key)) for key in named] if named else every),
                ],
                help_text=""
                if lists.get(level)
                else f"{LEVELS[level].adjective}没有现行认定标准，或标准未列类别。",
            )
        facts = ("industry", "products", "category", "lead_bureau", "further_counties")
        self.fieldsets = (
            ("登记事项", tuple(name for name in facts if name in self.fields)),
            ("各级类别", tuple(f"category_{level}" for level in self.levels)),
            ("依据", ("source", "reason")),
        )

    def categories(self) -> dict[str, str]:
        """Level -> category, empty where it is the registered one."""
        return {level: self.cleaned_data[f"category_{level}"] for level in self.levels}


class RenameForm(forms.Form):
    """Another name of a town."""

    was = forms.CharField(widget=forms.HiddenInput, required=False)
    name = forms.CharField(label="新名称", max_length=120)
    on = day_field("更名日期", "新名称自当日起使用，不能晚于今天。")
    source = source_field()
    reason = reason_field("更名原因", required=False)


class StageForm(forms.Form):
    """Another stage of the pool."""

    was = forms.CharField(widget=forms.HiddenInput, required=False)
    stage = forms.ChoiceField(label="转为", widget=forms.RadioSelect)
    on = day_field("日期", "自当日起计，不能晚于今天。")
    reason = reason_field("事由", help_text="例如“列入 2026 年度培育计划”。")
    source = source_field(required=False)

    def __init__(self, *args: Any, stages: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["stage"].choices = [(key, STAGES[key]) for key in stages]  # type: ignore[attr-defined]


# --- mergers, splits, striking off --------------------------------------------------------------


class MergeForm(forms.Form):
    """Towns that become one."""

    towns = forms.ModelMultipleChoiceField(
        Town.objects.none(),
        label="与哪些专业镇合并",
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "请至少选择一个专业镇。",
            "invalid_choice": "所选专业镇中有的不在可合并之列，请重新选择。",
            "invalid_pk_value": "所选专业镇中有的不在可合并之列，请重新选择。",
        },
    )
    into = forms.ChoiceField(label="合并方式", widget=forms.RadioSelect)
    name = forms.CharField(
        label="新专业镇名称", max_length=120, required=False, help_text="并入现有专业镇的不填。"
    )
    on = day_field("合并日期", "自当日起生效，不能晚于今天。")
    source = source_field()
    reason = reason_field("合并原因", required=False)

    def __init__(self, *args: Any, actor: Actor, town: Town, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.town = town
        rows = Town.objects.visible_to(actor).standing().exclude(pk=town.pk)
        near = {"county__parent": town.county.parent_id} if town.county.parent_id else {}
        rows = rows.filter(**near).select_related("county").order_by("scope_code", "name")
        self.fields["towns"].queryset = rows  # type: ignore[attr-defined]
        self.fields["into"].choices = [  # type: ignore[attr-defined]
            ("own", f"并入{town.name}"),
            ("other", "本专业镇并入所选的专业镇（只选一个）"),
            ("new", "合并成立新的专业镇"),
        ]

    def clean(self) -> dict[str, Any]:
        """One town to go into, or a name of a new one: ``target``."""
        data = super().clean() or self.cleaned_data
        chosen, how = list(data.get("towns") or []), data.get("into")
        data["target"] = self.town if how == "own" else None
        if how == "other" and len(chosen) == 1:
            data["target"] = chosen[0]
        elif how == "other" and chosen:
            self.add_error("towns", "并入另一专业镇时，只选择该专业镇。")
        if how == "new" and not (data.get("name") or "").strip():
            self.add_error("name", "请填写新专业镇名称。")
        return data


class SplitForm(forms.Form):
    """A town that becomes several, and which of them takes each enterprise and platform."""

    names = forms.CharField(
        label="新专业镇名称",
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=f"每行一个，2 至 {MOST_PARTS} 个。其中可以有一个沿用原名称。",
    )
    on = day_field("分设日期", "自当日起生效，不能晚于今天。")
    source = source_field()
    reason = reason_field("分设原因", required=False)

    def __init__(
        self,
        *args: Any,
        members: Mapping[int, str],
        platforms: Mapping[int, str],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.groups = {"member": members, "platform": platforms}
        for group, rows in self.groups.items():
            for pk, label in rows.items():
                self.fields[f"{group}_{pk}"] = forms.ChoiceField(
                    label=label,
                    choices=[(str(n), f"划入第 {n} 个") for n in range(1, MOST_PARTS + 1)],
                    initial="1",
                )
        self.fieldsets = tuple(
            (legend, names)
            for legend, names in (
                ("分设", ("names", "on", "source", "reason")),
                ("企业划分", tuple(f"member_{pk}" for pk in members)),
                ("平台划分", tuple(f"platform_{pk}" for pk in platforms)),
            )
            if names
        )

    def clean_names(self) -> list[str]:
        """One name a line."""
        rows = [line.strip() for line in self.cleaned_data["names"].splitlines() if line.strip()]
        if not 2 <= len(rows) <= MOST_PARTS:
            raise forms.ValidationError(f"请填写 2 至 {MOST_PARTS} 个新专业镇名称，每行一个。")
        return rows

    def clean(self) -> dict[str, Any]:
        """Everything goes to a town that has a name: ``shares``, group -> row -> which."""
        data = super().clean() or self.cleaned_data
        count = len(data.get("names") or [])
        shares: dict[str, dict[int, int]] = {group: {} for group in self.groups}
        for group, rows in self.groups.items():
            for pk in rows if count else ():
                number = int(data.get(f"{group}_{pk}") or 1)
                if number > count:
                    self.add_error(f"{group}_{pk}", f"只填写了 {count} 个新名称，请改选。")
                shares[group][pk] = number - 1
        data["shares"] = shares
        return data


class StrikeOffForm(forms.Form):
    """A town that leaves the pool."""

    on = day_field("退出日期", "自当日起生效，不能晚于今天。")
    reason = reason_field("退出原因")
    source = source_field()


# --- papers -------------------------------------------------------------------------------------


class PaperForm(forms.Form):
    """A paper with its file."""

    kind = forms.ChoiceField(label="种类", choices=[CHOOSE, *PAPER_KIND_CHOICES])
    title = forms.CharField(label="标题", max_length=200)
    number = forms.CharField(label="文号", max_length=60, required=False)
    issuer = forms.CharField(label="印发机关", max_length=120, required=False)
    issued_on = forms.DateField(label="印发日期", required=False)
    file = forms.FileField(
        label="文件",
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ",".join(f".{row}" for row in ACCEPTED)}),
        help_text=f"{ACCEPTED_TEXT}。",
        error_messages={"required": "请选择文件。"},
    )


class WithdrawForm(forms.Form):
    """Why a paper is used no longer."""

    reason = forms.CharField(label="停用原因", max_length=160)


class DayForm(forms.Form):
    """The day on which a town is looked at."""

    on = forms.DateField(label="截至日期", required=False)
    post = forms.CharField(required=False, widget=forms.HiddenInput)
