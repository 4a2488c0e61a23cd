"""WeChat official accounts: their callbacks, answers by the customer-service interface, files of both sides."""
