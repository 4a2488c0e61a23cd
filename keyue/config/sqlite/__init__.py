"""SQLite as an embedded server: the backend that lets a process's threads take turns at writing."""
