"""Who may call the addresses of the regulations: their figures, editions, replays, packs and statements."""

from __future__ import annotations

from tests.architecture.permission_rows import (
    AUDIT,
    EXECUTIVE,
    HEAD,
    MAKE_PACKS,
    QUALITY,
    SALES,
    SEE_SOME,
    Row,
    row,
)

# those who see the figures of at least their own department
SEE_REPORTS = (*MAKE_PACKS, HEAD, SALES)

REGULATIONS: list[Row] = [
    row("regulations:list", "GET", SEE_SOME),
    row("regulations:page", "GET", SEE_SOME, at={"regulation": "feedback"}),
    row("regulations:clause", "GET", SEE_SOME, at={"regulation": "feedback", "number": "4.1.1"}),
    row("regulations:evidence", "GET", SEE_SOME, at={"regulation": "feedback", "number": "4.1.1"}),
    row("regulations:conflicts", "GET", SEE_SOME),
    row("regulations:what_if", "GET", SEE_SOME, at={"regulation": "feedback"}),
    row("regulations:what_if", "POST", SEE_SOME, at={"regulation": "feedback"}),
    row("regulations:what_if_run", "GET", SEE_SOME, at={"regulation": "feedback", "pk": "@what_if"}),
    row("regulations:what_if_cancel", "POST", (QUALITY,), at={"regulation": "feedback", "pk": "@what_if"}),
    row("regulations:what_if_draft", "POST", (QUALITY,), at={"regulation": "feedback", "pk": "@what_if"}),
    row("regulations:pack", "GET", MAKE_PACKS, at={"regulation": "feedback"}),
    row("regulations:pack", "POST", MAKE_PACKS, at={"regulation": "feedback"}),
    row("regulations:pack_list", "GET", (*SEE_REPORTS, AUDIT)),
    row("regulations:pack_progress", "GET", (QUALITY, AUDIT), at={"uid": "@evidence_pack"}),
    row("regulations:pack_download", "GET", (QUALITY, AUDIT), at={"uid": "@evidence_pack"}),
    row("regulations:answers", "GET", (QUALITY,), at={"regulation": "feedback"}),
    row("regulations:answers", "POST", (QUALITY,), at={"regulation": "feedback"}),
    row("regulations:upload", "GET", (QUALITY,)),
    row("regulations:upload", "POST", (QUALITY,)),
    row("regulations:read_file", "GET", (QUALITY,), at={"pk": "@regulation_file"}),
    row("regulations:read_file", "POST", (QUALITY,), at={"pk": "@regulation_file"}, data={"act": "correct"}),
    row("regulations:read_file_progress", "GET", (QUALITY,), at={"pk": "@regulation_file"}),
    row("regulations:decide", "POST", (QUALITY,), at={"pk": "@regulation_file", "key": "d0"}),
    row("regulations:steps", "GET", (QUALITY, EXECUTIVE)),
    row("regulations:steps", "POST", (EXECUTIVE,)),
    row("regulations:editions", "GET", SEE_SOME, at={"regulation": "feedback"}),
    row("regulations:new_draft", "POST", (QUALITY,), at={"regulation": "feedback"}),
    *(
        row(
            f"regulations:{name}",
            method,
            roles,
            nobody=nobody,
            at={"regulation": "feedback", "n": 1},
            data=data,
        )
        for name, method, roles, nobody, data in (
            ("draft", "GET", SEE_SOME, 404, {}),
            ("revise", "GET", (QUALITY,), 403, {}),
            ("revise", "POST", (QUALITY,), 403, {}),
            ("draft_act", "POST", (QUALITY,), 403, {"act": "submit"}),
            ("review", "POST", SEE_SOME, 404, {}),
            ("announce", "GET", (QUALITY,), 403, {}),
            ("announce", "POST", (QUALITY,), 403, {}),
            ("difference", "GET", SEE_SOME, 403, {}),
            # for who was asked, whatever their role
            ("read", "GET", (), 404, {}),
            ("read", "POST", (), 404, {}),
            ("receipts", "GET", SEE_REPORTS, 403, {}),
            ("receipts_sheet", "POST", SEE_REPORTS, 403, {}),
            ("remind", "POST", (QUALITY, EXECUTIVE), 403, {}),
            ("rebasings", "GET", (QUALITY, EXECUTIVE), 403, {}),
            ("rebasings", "POST", (QUALITY,), 403, {}),
        )
    ),
    row("regulations:rebasing", "GET", (), at={"regulation": "feedback", "pk": 0}),
    row("regulations:rebasing", "POST", (), at={"regulation": "feedback", "pk": 0}),
    *(
        row(f"regulations:{name}", method, (QUALITY,), at={"regulation": "feedback", "n": "@draft", **at})
        for name, methods, at in (
            ("clause_edit", ("GET", "POST"), {"number": "4.1.1"}),
            ("control_new", ("GET", "POST"), {"number": "4.1.1"}),
            ("control_text_new", ("GET", "POST"), {"number": "4.1.1"}),
            ("control_edit", ("GET", "POST"), {"control": "classify"}),
            ("control_text", ("GET", "POST"), {"control": "classify"}),
            ("control_remove", ("POST",), {"control": "classify"}),
            ("control_restore", ("POST",), {}),
        )
        for method in methods
    ),
    # who signs stands behind the owner, whatever the role
    row("regulations:attest", "GET", SEE_SOME, at={"regulation": "secrecy", "control": "pledge"}),
    row("regulations:attest", "POST", (), at={"regulation": "secrecy", "control": "pledge"}),
    row("regulations:statement_withdraw", "GET", (), at={"pk": "@statement"}),
    row("regulations:statement_withdraw", "POST", (), at={"pk": "@statement"}),
    row("regulations:statement_file", "GET", SEE_SOME, at={"pk": "@statement_file"}),
    row("regulations:adopt", "GET", (QUALITY,)),
    row("regulations:adopt", "POST", (QUALITY,), data={"pack": "construction"}),
]
