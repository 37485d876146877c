"""Home pages, to-do lists, public pages and search: reads everything, owns no data."""
