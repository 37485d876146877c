"""Pages of the ground floor: signing in, the site's health, jobs and the ledger."""
