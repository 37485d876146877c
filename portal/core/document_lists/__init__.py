"""Lists of documents: the register (发文登记簿), what waits, what was received, numbers."""

from portal.core.document_lists.numbers import NUMBERS
from portal.core.document_lists.received import RECEIVED, WAITING
from portal.core.document_lists.register import REGISTER

__all__ = ["NUMBERS", "RECEIVED", "REGISTER", "WAITING"]
