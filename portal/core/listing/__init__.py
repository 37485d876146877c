"""Lists: what a list shows, its conditions in the address, saved views, and the same as xlsx.

A list is a ``ListSpec``: its columns, its filter form, and where its rows come from. The upper apps
register theirs (``register_list``) and give the page a view (``views.ListView``). Everything that a
reader has chosen stands in the query string, so an address, a saved view and the job that writes
the workbook all mean the same rows, columns and order (``Listing``).
"""

from portal.core.listing.listing import Listing
from portal.core.listing.spec import (
    EVERYTHING,
    Batch,
    Chosen,
    ListColumn,
    ListFilter,
    ListSpec,
    Sorting,
    list_spec,
    list_specs,
    register_list,
)

__all__ = [
    "EVERYTHING",
    "Batch",
    "Chosen",
    "ListColumn",
    "ListFilter",
    "ListSpec",
    "Listing",
    "Sorting",
    "list_spec",
    "list_specs",
    "register_list",
]
