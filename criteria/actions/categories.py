"""Adding a category (类别) that the documents do not name."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction

from criteria.categories import DOCUMENTED
from criteria.models import Category
from criteria.policies import may_author
from portal.core import clock
from portal.core.actor import Actor
from portal.core.errors import require
from portal.core.ledger import record
from portal.core.models import Region

LONGEST = 30


@transaction.atomic
def add_category(*, actor: Actor, name: str) -> Category:
    """A category for the criteria and towns of the acting office's region.

    One that another office has already added is not added twice: it then belongs to the lowest
    region above both, so that the towns of both may have it.
    """
    require(may_author(actor))
    assert actor.office is not None
    region = Region.objects.select_for_update().get(pk=actor.office.region_id)
    name = "".join(name.split())
    if not name:
        raise ValidationError({"name": "请填写类别名称。"})
    if len(name) > LONGEST:
        raise ValidationError({"name": f"类别名称不超过 {LONGEST} 个字，请缩短。"})
    if name in dict(DOCUMENTED).values():
        raise ValidationError({"name": f"“{name}”是文件已列的类别，可以直接选用，不用添加。"})
    row = Category.objects.select_for_update().filter(name=name).first()
    if row is None:
        return _add(actor, region, name)
    home = _lowest_above(row.region, region)
    if home.pk != row.region_id:
        before = row.region.name
        row.region = home
        row.save(update_fields=["region"])
        text = f"启用类别{name}，适用范围由{before}扩大到{home.name}"
        record(actor, "add_category", row, text, data={"name": name, "region": home.name})
    return row


def _add(actor: Actor, region: Region, name: str) -> Category:
    number = Category.objects.filter(key__startswith=f"c{region.code}-").count() + 1
    row = Category.objects.create(
        key=f"c{region.code}-{number}", name=name, region=region, created_at=clock.now()
    )
    record(actor, "add_category", row, f"添加类别{name}", data={"name": name, "key": row.key})
    return row


def _lowest_above(one: Region, other: Region) -> Region:
    """The lowest region that covers both."""
    home = one
    while other.code not in home.scope and home.parent is not None:
        home = home.parent
    return home
