"""Ground floor: regions, offices, posts, actors, grants, ledger, calendar, jobs, documents, fences."""
