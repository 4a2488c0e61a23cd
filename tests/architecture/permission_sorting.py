"""Rows of the permission matrix: sorting, and problems."""

from __future__ import annotations

from tests.architecture.permission_rows import (
    AGENT,
    EXECUTIVE,
    HEAD,
    INSPECTOR,
    KEEPER,
    QUALITY,
    SALES,
    SEE_ALL,
    SEE_SOME,
    SUPERVISOR,
    Row,
    row,
)

CASE = {"number": "@case"}
RULE = {"pk": "@sorting_rule"}
PROBLEM = {"pk": "@problem"}
REPORTS = (SUPERVISOR, HEAD, SALES, KEEPER, QUALITY, INSPECTOR, EXECUTIVE)
TUNE = (SUPERVISOR,)
DECISION = {"act": "classify", "values": {"type": "complaint", "category": "product"}}

SORTING: list[Row] = [
    row("sorting:queue", "GET", (AGENT, SUPERVISOR)),
    row("sorting:proposal", "GET", SEE_ALL, at=CASE),
    row("sorting:accept", "POST", (AGENT, SUPERVISOR), at=CASE, data={"act": "classify"}),
    row("sorting:figures", "GET", REPORTS),
    row("sorting:put_model", "POST", TUNE, at={"n": 0}),
    row("sorting:words", "GET", TUNE),
    row("sorting:word_list", "GET", TUNE, at={"question": "category", "label": "product"}),
    row("sorting:word_list", "POST", TUNE, at={"question": "category", "label": "product"}),
    row("sorting:rules", "GET", TUNE),
    row("sorting:rules", "POST", TUNE),
    row("sorting:new_rule", "GET", TUNE),
    row("sorting:new_rule", "POST", TUNE),
    row("sorting:rule", "GET", TUNE, at=RULE),
    row("sorting:rule", "POST", TUNE, at=RULE),
    row("sorting:move_rule", "POST", TUNE, at=RULE),
    row("sorting:end_rule", "POST", TUNE, at=RULE),
    row("sorting:give_skill", "POST", TUNE),
    row("sorting:take_skill", "POST", TUNE, at={"pk": "@sorting_skill"}),
    row("sorting:alarm", "POST", TUNE),
    row("sorting:problems", "GET", SEE_SOME),
    row("sorting:new_problem", "GET", TUNE),
    row("sorting:new_problem", "POST", TUNE),
    row("sorting:problem", "GET", SEE_SOME, at=PROBLEM),
    row("sorting:problem_act", "GET", TUNE, at={**PROBLEM, "code": "cause"}),
    row("sorting:problem_act", "POST", TUNE, at={**PROBLEM, "code": "dismiss"}),
    # --- the API ------------------------------------------------------------------------------------------
    row("api:list_proposals", "GET", (AGENT, SUPERVISOR), token=True),
    row("api:get_proposal", "GET", SEE_ALL, token=True, at=CASE),
    row("api:accept_proposal", "POST", (AGENT, SUPERVISOR), token=True, at=CASE, data=DECISION),
    row("api:correct_proposal", "POST", (AGENT, SUPERVISOR), token=True, at=CASE, data=DECISION),
]
