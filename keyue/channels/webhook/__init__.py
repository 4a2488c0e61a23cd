"""Systems of others: messages that they hand in, signed, and what is pushed to them, with a log to replay from."""
