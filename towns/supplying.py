"""Values of indicators that the towns supply: reported figures, and what is counted."""

from __future__ import annotations

from criteria.suppliers import register_supply
from towns.counting import INDICATORS

register_supply("reported")
register_supply("computed", INDICATORS)
