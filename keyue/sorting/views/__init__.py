"""Pages of the sorting room."""
