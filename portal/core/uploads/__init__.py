"""Taking files in: names, kinds, checks by content, the virus scanner, keeping, resumable uploads.

For a file of a form ``prepare_upload(upload, actor)`` before the transaction, which takes long, and
``keep_upload(prepared, actor)`` in it; ``take_uploads(ids, actor)`` for those that came in pieces
(``portal.core.actions.uploads``). They give a ``StoredFile`` or a ValidationError that names the
file, the reason and what to do.
"""

from portal.core.uploads.checking import Checked, check
from portal.core.uploads.kinds import ACCEPTED, ACCEPTED_TEXT, Accepted
from portal.core.uploads.names import clean_name
from portal.core.uploads.scanning import may_download
from portal.core.uploads.storing import (
    Prepared,
    check_upload,
    find_same,
    keep_upload,
    prepare_upload,
    same_as,
    store_bytes,
    store_path,
    store_upload,
)

__all__ = [
    "ACCEPTED",
    "ACCEPTED_TEXT",
    "Accepted",
    "Checked",
    "Prepared",
    "check",
    "check_upload",
    "clean_name",
    "find_same",
    "keep_upload",
    "may_download",
    "prepare_upload",
    "same_as",
    "store_bytes",
    "store_path",
    "store_upload",
]
