"""Pages about cases: the list, one case, registration, the daily review, files."""
