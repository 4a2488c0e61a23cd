"""The telephone: calls that an exchange tells of or that are entered by hand, and who is on duty."""
