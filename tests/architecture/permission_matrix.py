"""Who may call which address. Every address of the product stands here, once for each method it answers.

Add a row beside its neighbours: the name of the URL, the method, the roles that may, and what the others get.
`at` fills the address; a value that begins with @ is something of the world that tests/architecture/world.py
makes (`@case`: the number of a case of another department), and unknown values are simply written out.

    row("cases:detail", "GET", ("service_agent", "inspector"), nobody=404, at={"number": "@case"})

`nobody` is a member of staff without any role, department or post: 403 where a permission is lacking, 404
where the thing is not theirs to see. An API call takes a token instead of a session and,
besides `data`, every field that its description requires. The persons of the other roles stand in a department that has nothing to
do with the things of the world: a role that sees its own department only is not among those that may.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

# every member of staff who is signed in
STAFF = ("*",)
# everybody, signed in or not
PUBLIC = ("public",)
TO_LOGIN = 302


@dataclass(frozen=True)
class Row:
    """One address and one method of it."""

    name: str
    method: str
    roles: tuple[str, ...]
    anonymous: int
    nobody: int
    at: Mapping[str, object] = field(default_factory=dict)
    data: Mapping[str, object] = field(default_factory=dict)
    token: bool = False

    def __str__(self) -> str:
        return f"{self.method} {self.name}"


def row(
    name: str,
    method: str,
    roles: tuple[str, ...],
    *,
    anonymous: int | None = None,
    nobody: int | None = None,
    at: Mapping[str, object] = {},
    data: Mapping[str, object] = {},
    token: bool = False,
) -> Row:
    """A row with what is usual: a stranger is sent to the login page (an API answers 401), nobody gets 403.

    For PUBLIC and STAFF rows `anonymous` and `nobody` are the status they get, 200 unless said otherwise.
    """
    if anonymous is None:
        anonymous = 200 if roles == PUBLIC else 401 if token else TO_LOGIN
    if nobody is None:
        nobody = 200 if roles in (PUBLIC, STAFF) else 403
    return Row(name, method, roles, anonymous, nobody, at, data, token)


SYSTEM, SECURITY, AUDIT = "system_administrator", "security_administrator", "audit_administrator"
ADMINISTRATORS = (SYSTEM, SECURITY, AUDIT)
AGENT, SUPERVISOR, MANAGER = "service_agent", "service_supervisor", "account_manager"
QUALITY, INSPECTOR, EXECUTIVE = "quality_manager", "inspector", "executive"
WORKER, HEAD = "department_staff", "department_head"
# those who see the customers and cases of every department
SEE_ALL = (AGENT, SUPERVISOR, QUALITY, INSPECTOR, EXECUTIVE)
SEE_SOME = (*SEE_ALL, MANAGER, WORKER, HEAD)

UNKNOWN = "00000000-0000-4000-8000-000000000000"

# the acts on a case, by who may do them on a case of another department; what a lead department does is, where nobody
# leads the case, for who may assign it
CASE_ACTS = {
    (
        AGENT,
        SUPERVISOR,
    ): "classify reclassify close request_exit report_urgent give_eta tell_result reply wait resume "
    "note_follow_up note withdraw finish_task record_cause follow_up reopen",
    (
        SUPERVISOR,
    ): "review assess change_level hold_meeting assign reassign merge return_task give_task file_plan solve "
    "report_result",
    (SUPERVISOR, EXECUTIVE): "acknowledge_urgent decide_exit",
}

MATRIX: list[Row] = [
    # --- signing in ---------------------------------------------------------------------------------------
    row("people:sign_in", "GET", PUBLIC, nobody=302),
    row("people:sign_in", "POST", PUBLIC, anonymous=422, nobody=302),
    row("people:sign_in_code", "GET", PUBLIC, anonymous=302, nobody=302),
    row("people:sign_in_code", "POST", PUBLIC, anonymous=303, nobody=303),
    row("people:sign_out", "GET", PUBLIC, anonymous=302),
    row("people:sign_out", "POST", PUBLIC, anonymous=303, nobody=303),
    # --- one's own account --------------------------------------------------------------------------------
    row("people:me", "GET", STAFF),
    row("people:me", "POST", STAFF, nobody=303),
    row("people:password", "GET", STAFF),
    row("people:password", "POST", STAFF, nobody=422),
    row("people:two_factor", "GET", STAFF),
    row("people:two_factor", "POST", STAFF, nobody=422),
    row("people:two_factor_codes", "POST", STAFF, nobody=409),
    row("people:two_factor_remove", "POST", STAFF, nobody=409),
    row("people:end_session", "POST", STAFF, nobody=303),
    row("people:my_tokens", "GET", STAFF),
    row("people:my_tokens", "POST", STAFF, nobody=422),
    row("people:revoke_token", "POST", STAFF, nobody=404, at={"pk": 0}),
    row("people:delegations", "GET", STAFF),
    row("people:delegations", "POST", STAFF, nobody=422),
    row("people:end_delegation", "POST", STAFF, nobody=404, at={"pk": 0}),
    # --- staff --------------------------------------------------------------------------------------------
    row("people:staff", "GET", ADMINISTRATORS),
    row("people:new_person", "GET", (SYSTEM,)),
    row("people:new_person", "POST", (SYSTEM,)),
    row("people:import", "GET", (SYSTEM,)),
    row("people:import", "POST", (SYSTEM,)),
    row("people:person", "GET", ADMINISTRATORS, at={"pk": "@person"}),
    row("people:person", "POST", (SYSTEM,), at={"pk": "@person"}),
    row("people:leave", "GET", (SYSTEM,), at={"pk": "@person"}),
    row("people:leave", "POST", (SYSTEM,), at={"pk": "@person"}),
    row("people:come_back", "POST", (SYSTEM,), at={"pk": "@person"}),
    row("people:unlock", "POST", (SYSTEM, SECURITY), at={"pk": "@person"}),
    row("people:reset_password", "POST", (SYSTEM,), at={"pk": "@person"}),
    row("people:remove_code", "POST", (SECURITY,), at={"pk": "@person"}),
    row("people:end_sessions", "POST", (SYSTEM, SECURITY), at={"pk": "@person"}),
    # --- organisation -------------------------------------------------------------------------------------
    row("people:departments", "GET", ADMINISTRATORS),
    row("people:new_department", "GET", (SYSTEM,)),
    row("people:new_department", "POST", (SYSTEM,)),
    row("people:department", "GET", (SYSTEM,), at={"code": "@department"}),
    row("people:department", "POST", (SYSTEM,), at={"code": "@department"}),
    row("people:close_department", "POST", (SYSTEM,), at={"code": "@department"}),
    row("people:posts", "GET", (*ADMINISTRATORS, QUALITY)),
    row("people:new_post", "GET", (SYSTEM,)),
    row("people:new_post", "POST", (SYSTEM,)),
    row("people:post", "GET", ADMINISTRATORS, at={"code": "@post"}),
    row("people:post", "POST", (SYSTEM,), at={"code": "@post"}),
    row("people:remove_post", "POST", (SYSTEM,), at={"code": "@post"}),
    # --- access -------------------------------------------------------------------------------------------
    row("people:roles", "GET", ADMINISTRATORS),
    row("people:roles", "POST", (SECURITY,)),
    row("people:revoke_role", "POST", (SECURITY,), at={"pk": "@person", "role": "service_agent"}),
    row("people:tokens", "GET", (SECURITY,)),
    row("people:security", "GET", (SECURITY, AUDIT)),
    row("people:security", "POST", (SECURITY,)),
    # --- customers ----------------------------------------------------------------------------------------
    row("customers:list", "GET", SEE_SOME),
    row("customers:page", "GET", SEE_ALL, at={"number": "@customer"}),
    row("customers:reveal", "POST", (AGENT, SUPERVISOR), at={"contact_id": "@contact", "field": "phone"}),
    row("customers:erase", "POST", (SUPERVISOR,), at={"number": "@customer"}),
    # --- the public portal: whoever has number and code; without them to the page that asks for them ----------
    row("channels:feedback", "GET", PUBLIC),
    row("channels:feedback", "POST", PUBLIC, anonymous=422, nobody=422),
    row("channels:privacy", "GET", PUBLIC),
    row("channels:privacy_version", "GET", PUBLIC, at={"version": "1"}),
    row("channels:settings", "GET", (SYSTEM,)),
    row("channels:settings", "POST", (SYSTEM,)),
    row("channels:leave", "POST", PUBLIC, anonymous=303, nobody=303),
    row("channels:lookup", "GET", PUBLIC),
    row("channels:lookup", "POST", PUBLIC, anonymous=422, nobody=422),
    row("channels:progress", "GET", PUBLIC, anonymous=303, nobody=303, at={"number": "TS-2603-000001"}),
    row(
        "channels:attachment",
        "GET",
        PUBLIC,
        anonymous=303,
        nobody=303,
        at={"number": "TS-2603-000001", "pk": 1},
    ),
    row(
        "channels:act",
        "POST",
        PUBLIC,
        anonymous=403,
        nobody=403,
        at={"number": "TS-2603-000001", "what": "remind"},
    ),
    row("channels:embedded", "GET", PUBLIC),
    row("channels:embedded", "POST", PUBLIC, anonymous=422, nobody=422),
    row("channels:script", "GET", PUBLIC),
    # --- the first run: from another machine everybody gets the question for the start code, and nothing else --
    row("operations:start", "GET", PUBLIC),
    row("operations:start", "POST", PUBLIC, anonymous=422, nobody=422, data={"code": "AAAA2222"}),
    row("operations:start_step", "GET", PUBLIC, at={"step": "company"}),
    row("operations:start_step", "POST", PUBLIC, at={"step": "company"}),
    row("operations:started", "GET", PUBLIC, anonymous=303, nobody=303),
    row("operations:started", "POST", PUBLIC, anonymous=303, nobody=303),
    row("operations:staff_sheet", "GET", PUBLIC),
    row("operations:staff_sheet", "POST", PUBLIC),
    # --- workbench ----------------------------------------------------------------------------------------
    row("workbench:home", "GET", STAFF),
    row("workbench:nav", "GET", STAFF),
    row("workbench:notices", "GET", STAFF),
    row("workbench:notices", "POST", STAFF, nobody=302),
    row("workbench:search", "GET", STAFF),
    row("workbench:audit", "GET", (AUDIT,)),
    row("workbench:audit_facts", "GET", (AUDIT,)),
    row("workbench:audit_export", "POST", (AUDIT,)),
    row("workbench:calendar", "GET", (*SEE_SOME, SYSTEM)),
    row("workbench:calendar_edit", "GET", (QUALITY,)),
    row("workbench:calendar_edit", "POST", (QUALITY,)),
    row("workbench:live", "GET", STAFF, anonymous=401),
    row("ui:components", "GET", STAFF),
    row("favicon", "GET", PUBLIC, anonymous=302, nobody=302),
    # nothing is there outside test mode
    row("clock:move", "POST", (), nobody=404),
    # --- cases --------------------------------------------------------------------------------------------
    row("cases:list", "GET", SEE_SOME),
    row("cases:new_view", "POST", SEE_SOME, data={"name": "我的", "query": "state=open"}),
    row("cases:view", "GET", (), at={"pk": 0}),
    row("cases:delete_view", "POST", (), at={"pk": 0}),
    row("cases:restore_view", "POST", SEE_SOME, at={"pk": 0}),
    row("cases:bulk", "POST", (AGENT, SUPERVISOR), at={"what": "classify"}),
    row("cases:review", "GET", (SUPERVISOR,)),
    row("cases:new", "GET", (AGENT, SUPERVISOR, MANAGER)),
    row("cases:new", "POST", (AGENT, SUPERVISOR, MANAGER)),
    row("cases:known", "POST", (AGENT, SUPERVISOR, MANAGER)),
    row("cases:file", "GET", SEE_ALL, at={"pk": "@file"}),
    row("cases:imports", "GET", (SUPERVISOR,)),
    row("cases:imports", "POST", (SUPERVISOR,)),
    row("cases:import_template", "GET", (SUPERVISOR,)),
    row("cases:import_run", "GET", (SUPERVISOR,), at={"pk": "@import"}),
    row("cases:import_run", "POST", (SUPERVISOR,), at={"pk": "@import"}, data={"act": "map"}),
    row("cases:import_progress", "GET", (SUPERVISOR,), at={"pk": "@import"}),
    row("cases:import_faults", "GET", (SUPERVISOR,), at={"pk": "@import"}),
    row("cases:page", "GET", SEE_ALL, at={"number": "@case"}),
    row("cases:title", "GET", (AGENT, SUPERVISOR), at={"number": "@case"}),
    row("cases:title", "POST", (AGENT, SUPERVISOR), at={"number": "@case"}),
    row("cases:say", "POST", (AGENT, SUPERVISOR), at={"number": "@case"}),
    row("cases:reveal", "POST", (AGENT, SUPERVISOR), at={"number": "@case"}),
    row("cases:act", "GET", (AGENT, SUPERVISOR), at={"number": "@case", "code": "classify"}),
    row("cases:act", "POST", (AGENT, SUPERVISOR), at={"number": "@case", "code": "classify"}),
    # --- promises -----------------------------------------------------------------------------------------
    row("workbench:requests", "GET", (SUPERVISOR, EXECUTIVE)),
    row("promises:decide", "GET", (SUPERVISOR, EXECUTIVE), at={"pk": "@request"}),
    row("promises:decide", "POST", (SUPERVISOR, EXECUTIVE), at={"pk": "@request"}),
    row("promises:take", "POST", (), at={"pk": "@promise"}),
    row("promises:give", "GET", (SUPERVISOR,), at={"pk": "@promise"}),
    row("promises:give", "POST", (SUPERVISOR,), at={"pk": "@promise"}),
    row("promises:put_back", "POST", (SUPERVISOR,), at={"pk": "@promise"}),
    row("promises:undo", "POST", (AGENT, SUPERVISOR), at={"pk": "@promise", "fact": UNKNOWN}),
    row("promises:request", "GET", (AGENT, SUPERVISOR), at={"pk": "@promise"}),
    row("promises:request", "POST", (AGENT, SUPERVISOR), at={"pk": "@promise"}),
    # --- regulations --------------------------------------------------------------------------------------
    row("regulations:list", "GET", SEE_SOME),
    row("regulations:page", "GET", SEE_SOME, at={"regulation": "feedback"}),
    row("regulations:clause", "GET", SEE_SOME, at={"regulation": "feedback", "number": "4.1.1"}),
    row("regulations:evidence", "GET", SEE_SOME, at={"regulation": "feedback", "number": "4.1.1"}),
    row("regulations:answers", "GET", (QUALITY,), at={"regulation": "feedback"}),
    row("regulations:answers", "POST", (QUALITY,), at={"regulation": "feedback"}),
    row("regulations:adopt", "GET", (QUALITY,)),
    row("regulations:adopt", "POST", (QUALITY,), data={"pack": "construction"}),
    # --- the API: cases -----------------------------------------------------------------------------------
    row("api:openapi-json", "GET", PUBLIC),
    row("api:openapi-view", "GET", PUBLIC),
    row("api:api-root", "GET", PUBLIC, anonymous=404, nobody=404),
    row("api:found_installation", "POST", PUBLIC, anonymous=409, nobody=409, token=True),
    row("api:who_am_i", "GET", STAFF, token=True),
    row("api:notice_list", "GET", STAFF, token=True),
    row("api:notices_seen", "POST", STAFF, token=True),
    row("api:staff_list", "GET", STAFF, token=True),
    row("api:department_list", "GET", STAFF, token=True),
    # --- the API: accounts, roles, departments, posts, delegations, audit -----------------------------------
    row("api:create_account", "POST", (SYSTEM,), token=True),
    row("api:account", "GET", ADMINISTRATORS, token=True, at={"username": "@username"}),
    row("api:change_account", "PATCH", (SYSTEM,), token=True, at={"username": "@username"}),
    row("api:remainders", "GET", (SYSTEM,), token=True, at={"username": "@username"}),
    row("api:leave", "POST", (SYSTEM,), token=True, at={"username": "@username"}),
    row("api:come_back", "POST", (SYSTEM,), token=True, at={"username": "@username"}),
    row("api:make_password", "POST", (SYSTEM,), token=True, at={"username": "@username"}),
    row("api:unlock", "POST", (SYSTEM, SECURITY), token=True, at={"username": "@username"}),
    row("api:role_list", "GET", ADMINISTRATORS, token=True),
    row("api:grant_role", "POST", (SECURITY,), token=True, at={"username": "@username"}),
    row(
        "api:revoke_role",
        "DELETE",
        (SECURITY,),
        token=True,
        at={"username": "@username", "role": "service_agent"},
    ),
    row("api:create_department", "POST", (SYSTEM,), token=True),
    row("api:change_department", "PATCH", (SYSTEM,), token=True, at={"code": "@department"}),
    row("api:close_department", "DELETE", (SYSTEM,), token=True, at={"code": "@department"}),
    row("api:post_list", "GET", (*ADMINISTRATORS, QUALITY), token=True),
    row("api:create_post", "POST", (SYSTEM,), token=True),
    row("api:change_post", "PATCH", (SYSTEM,), token=True, at={"code": "@post"}),
    row("api:remove_post", "DELETE", (SYSTEM,), token=True, at={"code": "@post"}),
    row("api:delegation_list", "GET", STAFF, token=True),
    row("api:delegate", "POST", STAFF, nobody=422, token=True, data={"taker": "nobody-at-all"}),
    row("api:end_delegation", "DELETE", STAFF, nobody=404, token=True, at={"pk": 999_999}),
    row("api:audit_trail", "GET", (AUDIT,), token=True),
    row("api:audit_facts", "GET", (AUDIT,), token=True),
    row("api:audit_standing", "GET", (AUDIT,), token=True),
    row("api:view_list", "GET", SEE_SOME, token=True),
    row("api:create_view", "POST", SEE_SOME, token=True),
    row("api:rename_view", "PATCH", (), token=True, at={"pk": 999_999}),
    row("api:drop_view", "DELETE", (), token=True, at={"pk": 999_999}),
    *(
        row(
            f"api:progress{what}",
            "POST",
            (),
            token=True,
            data={"number": "TS-2611-000001", "code": "K7P2M9XQ"} | body,
        )
        for what, body in (
            ("", {}),
            ("_message", {"body": "补充"}),
            ("_reminder", {}),
            ("_rating", {"score": 5}),
            ("_withdrawal", {}),
        )
    ),
    row(
        "api:register",
        "POST",
        (AGENT, SUPERVISOR, MANAGER),
        token=True,
        data={"type": "complaint", "content": "水压不足"},
    ),
    row("api:calendar_now", "GET", SEE_SOME, token=True),
    row("api:calendar_versions", "GET", SEE_SOME, token=True),
    row("api:publish_calendar", "POST", (QUALITY,), token=True),
    row("api:case_list", "GET", SEE_SOME, token=True),
    row("api:act_list", "GET", STAFF, token=True),
    row("api:case_detail", "GET", SEE_ALL, token=True, at={"number": "@case"}),
    row("api:case_messages", "GET", SEE_ALL, token=True, at={"number": "@case"}),
    row("api:case_facts", "GET", SEE_ALL, token=True, at={"number": "@case"}),
    *(
        row(f"api:act_{act}", "POST", roles, token=True, at={"number": "@case"})
        for roles, acts in CASE_ACTS.items()
        for act in acts.split()
    ),
    row("api:unknown_act", "POST", STAFF, nobody=404, token=True, at={"number": "@case", "act": "dance"}),
    row("api:case_file", "GET", SEE_ALL, token=True, at={"pk": "@file"}),
    row("api:create_import", "POST", (SUPERVISOR,), token=True, data={"name": "a.csv", "content": "JSUl"}),
    row("api:create_import_from_file", "POST", (SUPERVISOR,), token=True),
    row("api:create_upload", "POST", SEE_SOME, token=True),
    row("api:list_imports", "GET", (SUPERVISOR,), token=True),
    row("api:get_import", "GET", (SUPERVISOR,), token=True, at={"pk": "@import"}),
    row("api:list_import_faults", "GET", (SUPERVISOR,), token=True, at={"pk": "@import"}),
    # --- the API: promises and regulations ----------------------------------------------------------------
    row("api:promise_list", "GET", STAFF, token=True),
    row("api:promise_counts", "GET", STAFF, token=True),
    row("api:promise_detail", "GET", SEE_ALL, nobody=404, token=True, at={"pk": "@promise"}),
    row("api:take_promise", "POST", (), token=True, at={"pk": "@promise"}),
    row(
        "api:give_promise",
        "POST",
        (SUPERVISOR,),
        token=True,
        at={"pk": "@promise"},
        data={"to": "somebody"},
    ),
    row(
        "api:put_back_promise",
        "POST",
        (SUPERVISOR,),
        nobody=404,
        token=True,
        at={"pk": "@promise"},
        data={"reason": "不属于我"},
    ),
    row(
        "api:ask",
        "POST",
        (AGENT, SUPERVISOR),
        token=True,
        at={"pk": "@promise"},
        data={"kind": "waiver", "reason": "客户要求暂缓"},
    ),
    row("api:request_list", "GET", (SUPERVISOR, EXECUTIVE), token=True),
    row(
        "api:decide_request",
        "POST",
        (SUPERVISOR, EXECUTIVE),
        token=True,
        at={"pk": "@request"},
        data={"approve": False, "reason": "理由不足"},
    ),
    row("api:regulation_list", "GET", SEE_SOME, token=True),
    row("api:pack_list", "GET", (QUALITY,), token=True),
    row("api:adopt_regulation", "POST", (QUALITY,), token=True, at={"pack": "construction"}),
    row("api:regulation_questions", "GET", SEE_SOME, token=True, at={"regulation": "feedback"}),
    row("api:answer_regulation", "POST", (QUALITY,), token=True, at={"regulation": "feedback"}),
    row("api:regulation_detail", "GET", SEE_SOME, token=True, at={"regulation": "feedback"}),
    row("api:clause_evidence", "GET", SEE_SOME, token=True, at={"regulation": "feedback", "number": "4.1.1"}),
    # --- the API: customers -------------------------------------------------------------------------------
    row("api:list_customers", "GET", SEE_SOME, token=True),
    row(
        "api:create_customer",
        "POST",
        (AGENT, SUPERVISOR, MANAGER),
        token=True,
        data={
            "kind": "person",
            "name": "周叙白",
            "phone": "13800006028",
            "source": "phone",
            "legal_basis": "contract",
        },
    ),
    row("api:get_customer", "GET", SEE_ALL, token=True, at={"number": "@customer"}),
    row(
        "api:change_customer",
        "PATCH",
        (AGENT, SUPERVISOR),
        token=True,
        at={"number": "@customer"},
        data={"region": "杭州"},
    ),
    row(
        "api:set_account_manager",
        "PUT",
        (AGENT, SUPERVISOR),
        token=True,
        at={"number": "@customer"},
        data={"account_manager": None},
    ),
    row("api:list_contacts", "GET", SEE_ALL, token=True, at={"number": "@customer"}),
    row(
        "api:add_contact",
        "POST",
        (AGENT, SUPERVISOR),
        token=True,
        at={"number": "@customer"},
        data={"name": "何苒"},
    ),
    row(
        "api:change_contact",
        "PATCH",
        (AGENT, SUPERVISOR),
        token=True,
        at={"contact_id": "@contact"},
        data={"role": "采购"},
    ),
    row(
        "api:reveal_contact",
        "POST",
        (AGENT, SUPERVISOR),
        token=True,
        at={"contact_id": "@contact"},
        data={"fields": ["phone"], "purpose": "contact"},
    ),
    row(
        "api:erase_customer",
        "POST",
        (SUPERVISOR,),
        token=True,
        at={"number": "@customer"},
    ),
]
