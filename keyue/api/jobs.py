"""Background jobs of the API."""

from keyue.api.actions import forget_old_answers

JOBS = [("idempotency", 3600.0, forget_old_answers)]
