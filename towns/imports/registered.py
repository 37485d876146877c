"""The kinds of import of this app, in the order in which they are offered."""

from __future__ import annotations

from portal.core.workbooks.registry import register
from towns.imports.certified_towns import CertifiedTownImporter
from towns.imports.enterprises import EnterpriseImporter
from towns.imports.figures import FigureImporter
from towns.imports.honours import HonourImporter

register(EnterpriseImporter())
register(HonourImporter())
register(FigureImporter())
register(CertifiedTownImporter())
