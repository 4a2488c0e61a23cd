"""E-mail out: what the customer is told, and notices to staff. Mail in comes with its own folder's reader."""
