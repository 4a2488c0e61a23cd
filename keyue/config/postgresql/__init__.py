"""PostgreSQL as Keyue uses it."""
