"""What the tests stand on: databases, servers, a mailbox, a browser, and readings of the source."""
