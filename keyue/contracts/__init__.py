"""合同与项目: what was agreed with a customer, the service levels that run as clauses, and the projects under way."""
