"""Whether the server that took a mail in vouches for its sender: the results that it wrote above the header (RFC 8601).

Only the topmost result counts, since whatever stands below it came with the mail and may be made up. It is believed where
it says that a check failed: who makes one up gains nothing by it, and a made-up "pass" leaves a mail as it would be without.
"""

from __future__ import annotations

import re

from keyue.channels.email.reader.headers import Headers

_COMMENT = re.compile(r"\([^()]{0,500}\)")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.){0,500}"')
_RESULT = re.compile(r"(?:^|;)\s*(spf|dkim|dmarc)\s*(?:/\s*\d+\s*)?=\s*([a-z]+)", re.I)
LONGEST = 10_000


def is_unverified(headers: Headers) -> bool:
    """Whether the receiving server says that the sender is not who the mail says: DMARC failed, or without a word on that,
    SPF or DKIM failed and the other did not pass."""
    said = results(headers)
    if "dmarc" in said and said["dmarc"] & {"pass", "fail"}:
        return "pass" not in said["dmarc"]
    spf, dkim = said.get("spf", set()), said.get("dkim", set())
    failed = spf & {"fail", "softfail"} or dkim & {"fail"}
    return bool(failed) and "pass" not in spf | dkim


def results(headers: Headers) -> dict[str, set[str]]:
    """What the topmost result says of each method; several signatures give several results of one."""
    values = headers.every("authentication-results")
    text = headers.unfolded(values[0])[:LONGEST] if values else ""
    for odd in (_QUOTED, _COMMENT, _COMMENT):
        text = odd.sub("", text)
    found: dict[str, set[str]] = {}
    for method, result in _RESULT.findall(text):
        found.setdefault(method.lower(), set()).add(result.lower())
    return found
