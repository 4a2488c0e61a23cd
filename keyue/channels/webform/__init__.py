"""The public portal: the feedback form, its embedded form on foreign pages, and following a case by number and code."""
