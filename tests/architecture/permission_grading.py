"""Rows of the permission matrix: the scoring standard, proposals of grades, and the grounds of one customer's grade.

The customer of the world belongs to another department than the people of the roles.
"""

from __future__ import annotations

from tests.architecture.permission_rows import (
    AGENT,
    EXECUTIVE,
    KEEPER,
    OFFICER,
    SALES,
    SEE_ALL,
    SEE_SOME,
    SUPERVISOR,
    Row,
    row,
)

VIEW = (*SEE_SOME, SALES, KEEPER, OFFICER)
SEE = (*SEE_ALL, KEEPER, OFFICER)
DECIDE = (SALES, EXECUTIVE)
STANDARD, VERSION, RUN = {"n": "@standard"}, {"version": "@standard"}, {"pk": "@grading_run"}
PROPOSAL, HERE = {"pk": "@proposal"}, {"number": "@customer"}
API_PROPOSAL = {"proposal_id": "@proposal"}
WHOLE = {
    "title": "标准",
    "factors": [],
    "thresholds": {"A": "80", "B": "60", "C": "40"},
    "missing": "lowest",
    "treatments": {"A": {}, "B": {}, "C": {}, "D": {}},
}

GRADING: list[Row] = [
    row("grading:standards", "GET", VIEW),
    row("grading:new", "GET", (SALES,)),
    row("grading:new", "POST", (SALES,)),
    row("grading:check", "POST", (SALES,)),
    row("grading:standard", "GET", VIEW, at=STANDARD),
    row("grading:standard", "POST", (SALES,), at=STANDARD, data={"act": "submit"}),
    row("grading:edit", "GET", (SALES,), at=STANDARD),
    row("grading:edit", "POST", (SALES,), at=STANDARD),
    row("grading:runs", "GET", VIEW, at=STANDARD),
    row("grading:start_run", "POST", DECIDE),
    row("grading:run", "POST", DECIDE, at=RUN),
    row("grading:proposals", "GET", VIEW),
    row("grading:decide", "GET", (EXECUTIVE,), at=PROPOSAL),
    row("grading:decide", "POST", (EXECUTIVE,), at=PROPOSAL),
    row("grading:decide_many", "POST", DECIDE, data={"pick": "@proposal"}),
    row("grading:undo", "POST", (EXECUTIVE,), at=PROPOSAL),
    row("grading:grounds", "GET", SEE, at=HERE),
    row("grading:grounds", "POST", (AGENT, SUPERVISOR, KEEPER), at=HERE, data={"act": "review"}),
    # --- the API ------------------------------------------------------------------------------------------
    row("api:list_measures", "GET", VIEW, token=True),
    row("api:list_grading_standards", "GET", VIEW, token=True),
    row("api:draft_grading_standard", "POST", (SALES,), token=True, data=WHOLE),
    row("api:get_grading_standard", "GET", VIEW, token=True, at=VERSION),
    row("api:revise_grading_standard", "PUT", (SALES,), token=True, at=VERSION, data=WHOLE),
    row("api:submit_grading_standard", "POST", (SALES,), token=True, at=VERSION),
    row("api:decide_grading_standard", "POST", (EXECUTIVE,), token=True, at=VERSION, data={"approve": True}),
    row("api:apply_grading_standard", "POST", (EXECUTIVE,), token=True, at=VERSION),
    row("api:start_grading_run", "POST", DECIDE, token=True),
    row("api:get_grading_run", "GET", VIEW, token=True, at={"run_id": "@grading_run"}),
    row("api:list_grade_proposals", "GET", VIEW, token=True),
    row("api:get_grade_proposal", "GET", SEE, token=True, at=API_PROPOSAL),
    row(
        "api:decide_grade_proposal",
        "POST",
        (EXECUTIVE,),
        token=True,
        at=API_PROPOSAL,
        data={"outcome": "accepted"},
    ),
    row("api:undo_grade_decision", "POST", (EXECUTIVE,), token=True, at=API_PROPOSAL),
    row("api:get_grade_grounds", "GET", SEE, token=True, at=HERE),
    row(
        "api:set_grade_values",
        "PUT",
        (AGENT, SUPERVISOR, KEEPER),
        token=True,
        at=HERE,
        data={"values": {}},
    ),
    row("api:evaluate_grade", "POST", (EXECUTIVE,), token=True, at=HERE),
    row(
        "api:ask_grade_review",
        "POST",
        (AGENT, SUPERVISOR, KEEPER),
        token=True,
        at=HERE,
        data={"request": "请复核"},
    ),
]
