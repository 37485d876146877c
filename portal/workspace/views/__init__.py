"""Home pages, the ledger and the pages that everybody may read."""
