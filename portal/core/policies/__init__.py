"""Who may do what to offices, posts and accounts: which rule refuses, and who could instead."""
