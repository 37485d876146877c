"""The table of ``portal.workspace.access``, asked cell by cell."""
