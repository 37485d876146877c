"""The document fonts are set up once for all tests here (nothing happens when they are there)."""

import pytest

from portal.core.documents import fontsetup


@pytest.fixture(scope="session", autouse=True)
def _document_fonts() -> None:
    fontsetup.install(lambda text: None)
