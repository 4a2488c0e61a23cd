"""Pages of the people room: signing in, one's own account, and the settings of people."""
