"""What may go wrong, each with a sentence that the reader can act on.

Views turn them into pages, the API into problem documents (RFC 9457), the command line into exit code 2.
Messages may be lazy translations: they are turned into text only when shown.
"""

from __future__ import annotations

from collections.abc import Mapping


class KeyueError(Exception):
    """Base of all expected errors. `code` is stable and machine-readable."""

    status = 400
    code = "bad_request"

    def __init__(self, message: object, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if code:
            self.code = code

    def __str__(self) -> str:
        return str(self.message)


class Invalid(KeyueError):
    """Input that cannot be understood: `fields` has a sentence for each field at fault."""

    status = 422
    code = "invalid"

    def __init__(
        self, message: object, *, fields: Mapping[str, object] | None = None, code: str | None = None
    ) -> None:
        super().__init__(message, code=code)
        self.fields = dict(fields or {})


class Refused(KeyueError):
    """The state of things does not allow this act now."""

    status = 409
    code = "refused"


class Denied(KeyueError):
    """This person may not do this."""

    status = 403
    code = "denied"


class NotFound(KeyueError):
    """There is no such thing, or it is not this person's to see: the answer is the same."""

    status = 404
    code = "not_found"


class TooMany(KeyueError):
    """A rate limit; `retry_after` seconds."""

    status = 429
    code = "too_many"

    def __init__(self, message: object, *, retry_after: int = 60) -> None:
        super().__init__(message)
        self.retry_after = retry_after
