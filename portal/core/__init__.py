"""Ground floor: regions, offices, posts, actors, grants, ledger, jobs, documents, fences."""
