"""The session engine: Django's database sessions with the person in a column of their own."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

from keyue.ledger.reading import rows_where
from keyue.people.models import StaffSession

# keys inside the session
STARTED = "started_at"
SEEN = "seen_at"
IDLE_SECONDS = "idle_seconds"
ABSOLUTE_SECONDS = "absolute_seconds"
ADDRESS = "address"
AGENT = "agent"
PASSWORD_UNTIL = "password_until"  # noqa: S105  a key, not a password
NEEDS_CODE = "needs_code"
PENDING = "pending_sign_in"


class SessionStore(DatabaseStore):
    """Copies what lists of sessions need out of the session's data into columns."""

    @classmethod
    def get_model_class(cls) -> type[StaffSession]:
        return StaffSession

    def _get_session_from_db(self) -> StaffSession | None:
        # every request asks this, and composing it took the ORM longer than the answer
        for row in rows_where(StaffSession, "it.session_key = %s", [self.session_key]):
            # by Django's own clock, which has set it
            if self.get_expiry_age(expiry=row.expire_date) >= 0:
                return row
        self._session_key = None
        return None

    def create_model_instance(self, data: dict[str, Any]) -> StaffSession:
        row = cast("StaffSession", super().create_model_instance(data))
        person = data.get("_auth_user_id")
        row.user_id = int(person) if person else None
        row.started_at = _instant(data.get(STARTED))
        row.seen_at = _instant(data.get(SEEN))
        row.address = str(data.get(ADDRESS, ""))[:64]
        row.agent = str(data.get(AGENT, ""))[:200]
        return row


def _instant(text: object) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None
