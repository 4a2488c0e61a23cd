"""Who may call which address of the privacy room, and of the public pages about personal data."""

from __future__ import annotations

from tests.architecture.permission_rows import AGENT, KEEPER, OFFICER, PUBLIC, SUPERVISOR, Row, row

HANDLE = (SUPERVISOR, OFFICER)
# and those who keep every customer's file
ENTER = (*HANDLE, AGENT, KEEPER)
REQUEST, PERSON = {"pk": "@right_request"}, {"number": "@rights_customer"}

PRIVACY: list[Row] = [
    row("privacy:requests", "GET", HANDLE),
    row("privacy:request", "GET", ENTER, at=REQUEST),
    row("privacy:act", "POST", ENTER, at={**REQUEST, "what": "missing"}),
    row("privacy:act", "POST", HANDLE, at={**REQUEST, "what": "answer"}),
    row("privacy:new_request", "GET", ENTER, at=PERSON),
    row("privacy:new_request", "POST", ENTER, at=PERSON),
    row("privacy:purposes", "GET", HANDLE),
    row("privacy:purposes", "POST", HANDLE),
    row("privacy:purpose", "GET", HANDLE, at={"code": "@purpose"}),
    row("privacy:purpose", "POST", HANDLE, at={"code": "@purpose"}),
    row("privacy:retire", "POST", HANDLE, at={"code": "@purpose"}),
    row("privacy:customer", "GET", ENTER, at=PERSON),
    row("privacy:customer", "POST", ENTER, at=PERSON),
    row("privacy:consent_act", "POST", ENTER, at={"pk": "@consent", "what": "withdraw"}),
    row("privacy:place_hold", "POST", (OFFICER,), at=PERSON),
    row("privacy:release_hold", "POST", (OFFICER,), at={"pk": "@hold"}),
    row("privacy:restrict", "POST", HANDLE, at=PERSON),
    row("privacy:end_purpose", "POST", HANDLE, at=PERSON),
    row("privacy:proof", "POST", ENTER, at={"pk": "@proof"}),
    row("privacy:retention", "GET", HANDLE),
    row("privacy:retention", "POST", (OFFICER,)),
    row("privacy:end_rule", "POST", (OFFICER,), at={"pk": "@retention_rule"}),
    row("privacy:decide", "GET", HANDLE, at={"pk": "@candidate"}),
    row("privacy:decide", "POST", HANDLE, at={"pk": "@candidate"}),
    # --- the public pages: whoever has given the code; without it to the page that asks for it ----------------
    row("channels:rights", "GET", PUBLIC),
    row("channels:rights", "POST", PUBLIC, anonymous=422, nobody=422),
    row("channels:rights_code", "GET", PUBLIC, anonymous=303, nobody=303),
    row("channels:rights_code", "POST", PUBLIC, anonymous=303, nobody=303),
    row("channels:rights_mine", "GET", PUBLIC, anonymous=303, nobody=303),
    row("channels:rights_act", "POST", PUBLIC, anonymous=303, nobody=303, at={"what": "ask"}),
    row("channels:rights_status", "GET", PUBLIC),
    row("channels:rights_status", "POST", PUBLIC, anonymous=422, nobody=422),
    row("channels:package", "GET", PUBLIC, anonymous=404, nobody=404, at={"token": "wrong.token"}),
    row("channels:package", "POST", PUBLIC, anonymous=404, nobody=404, at={"token": "wrong.token"}),
    # --- the API ------------------------------------------------------------------------------------------
    row("api:list_right_requests", "GET", HANDLE, token=True),
    row(
        "api:create_right_request",
        "POST",
        ENTER,
        token=True,
        data={"contact": "@rights_contact", "right": "access"},
        nobody=403,
    ),
    row("api:get_right_request", "GET", ENTER, token=True, at=REQUEST),
    row("api:accept_right_request", "POST", ENTER, token=True, at=REQUEST),
    row("api:say_right_request_missing", "POST", ENTER, token=True, at=REQUEST),
    row("api:answer_right_request", "POST", HANDLE, token=True, at=REQUEST),
    row("api:approve_right_answer", "POST", HANDLE, token=True, at=REQUEST),
    row("api:hand_over_package", "POST", HANDLE, token=True, at=REQUEST),
    row("api:correct_right_request", "POST", HANDLE, token=True, at=REQUEST),
    row("api:erase_right_request", "POST", HANDLE, token=True, at=REQUEST),
    row("api:list_purposes", "GET", (*ENTER, "account_manager", "sales_manager"), token=True),
    row("api:list_consents", "GET", ENTER, token=True, at=PERSON),
    row(
        "api:may_use",
        "GET",
        (*ENTER, "quality_manager", "inspector", "executive"),
        token=True,
        at={"contact_id": "@rights_contact", "purpose": "walk"},
    ),
    row(
        "api:give_consent",
        "POST",
        ENTER,
        token=True,
        data={"contact": "@rights_contact", "purpose": "walk"},
    ),
    row("api:withdraw_consent", "POST", ENTER, token=True, at={"pk": "@consent"}),
    row("api:consent_use_stopped", "POST", ENTER, token=True, at={"pk": "@consent"}),
    row("api:place_hold", "POST", (OFFICER,), token=True, at=PERSON),
    row("api:list_holds", "GET", HANDLE, token=True),
    row("api:release_hold", "POST", (OFFICER,), token=True, at={"pk": "@hold"}),
    row("api:restrict_customer", "POST", HANDLE, token=True, at=PERSON),
    row("api:end_customer_purpose", "POST", HANDLE, token=True, at={**PERSON, "code": "@purpose"}),
    row("api:list_candidates", "GET", HANDLE, token=True),
    row("api:decide_candidate", "POST", HANDLE, token=True, at={"pk": "@candidate"}),
]
