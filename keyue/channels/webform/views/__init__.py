"""The public pages: the form, the same form embedded elsewhere, and following a case."""
