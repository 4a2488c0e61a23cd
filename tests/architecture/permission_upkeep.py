"""Who may call the addresses about keeping files true and keeping in touch: fields, history, verification, notes, plan."""

from __future__ import annotations

from tests.architecture.permission_rows import (
    AGENT,
    HEAD,
    KEEPER,
    MANAGER,
    OFFICER,
    SALES,
    SEE_ALL,
    SEE_SOME,
    SUPERVISOR,
    UNKNOWN,
    WORKER,
    Row,
    row,
)

# those who see, change and reveal customers of every department, and those who do so for their own
SEE = tuple(dict.fromkeys((*SEE_ALL, KEEPER, OFFICER)))
SEE_OWN = tuple(dict.fromkeys((*SEE_SOME, SALES, KEEPER, OFFICER)))
EDIT = (AGENT, SUPERVISOR, KEEPER)
EDIT_OWN = (*EDIT, MANAGER, SALES)
REVEAL = (AGENT, SUPERVISOR, KEEPER, OFFICER)
# who writes to customers: in conversations or in cases
PROMISE = (AGENT, SUPERVISOR, MANAGER, SALES, WORKER, HEAD)
HERE = {"number": "@customer"}

UPKEEP: list[Row] = [
    row("customers:fields", "GET", (KEEPER,)),
    row("customers:fields", "POST", (KEEPER,)),
    row("customers:field_new", "GET", (KEEPER,)),
    row("customers:field_new", "POST", (KEEPER,)),
    row("customers:field_edit", "GET", (KEEPER,), at={"key": "birthday"}),
    row("customers:field_edit", "POST", (KEEPER,), at={"key": "birthday"}),
    row("customers:field_retire", "POST", (KEEPER,), at={"key": "birthday"}),
    row("customers:file", "GET", SEE, at=HERE),
    row("customers:own_fields", "GET", EDIT, at=HERE),
    row("customers:own_fields", "POST", EDIT, at=HERE),
    row("customers:reveal_own", "POST", REVEAL, at={**HERE, "field": "extra.birthday"}),
    row("customers:verify", "GET", EDIT, at=HERE),
    row("customers:verify", "POST", EDIT, at=HERE),
    row("customers:learn", "GET", EDIT, at=HERE),
    row("customers:learn", "POST", EDIT, at=HERE),
    row("customers:collected", "GET", EDIT, at=HERE),
    row("customers:collected", "POST", EDIT, at=HERE),
    row("customers:enter_change", "GET", EDIT, at={**HERE, "change": "@change"}),
    row("customers:enter_change", "POST", EDIT, at={**HERE, "change": "@change"}),
    row("customers:field_history", "GET", SEE, at={**HERE, "field": "all"}),
    row("customers:reveal_past", "POST", REVEAL, at={**HERE, "fact": UNKNOWN, "field": "phone"}),
    row("customers:note_list", "GET", SEE, at=HERE),
    row("customers:note_new", "GET", EDIT, at=HERE),
    row("customers:note_new", "POST", EDIT, at=HERE),
    row("customers:quick_note", "GET", EDIT_OWN),
    row("customers:quick_note", "POST", EDIT_OWN),
    row("customers:note_opinion", "GET", EDIT, at={"ref": "@note"}),
    row("customers:note_opinion", "POST", EDIT, at={"ref": "@note"}),
    row("customers:step_new", "GET", EDIT, at={"ref": "@note"}),
    row("customers:step_new", "POST", EDIT, at={"ref": "@note"}),
    row("customers:step_done", "GET", EDIT, at={"pk": "@step"}),
    row("customers:step_done", "POST", EDIT, at={"pk": "@step"}),
    row("customers:contact_plan", "GET", SEE_OWN),
    row("customers:promised", "POST", PROMISE, data={"body": "明天下午三点前给您答复"}),
    row("customers:coverage_sheet", "GET", SEE_OWN),
    row("api:list_customer_fields", "GET", SEE_OWN, token=True),
    row(
        "api:define_customer_field",
        "POST",
        (KEEPER,),
        token=True,
        data={"key": "meters", "label": "水表数", "kind": "number"},
    ),
    row("api:change_customer_field", "PATCH", (KEEPER,), token=True, at={"key": "birthday"}),
    row("api:get_customer_upkeep", "GET", SEE, token=True, at=HERE),
    row("api:verify_customer", "POST", EDIT, token=True, at=HERE, data={"fields": ["phone"], "how": "phone"}),
    row(
        "api:note_customer_information",
        "POST",
        EDIT,
        token=True,
        at=HERE,
        data={"collected_at": "2020-01-01T00:00:00+08:00"},
    ),
    row(
        "api:learn_customer_change",
        "POST",
        EDIT,
        token=True,
        at=HERE,
        data={"fields": ["phone"], "learnt_at": "2020-01-01T00:00:00+08:00"},
    ),
    row(
        "api:enter_customer_change",
        "POST",
        EDIT,
        token=True,
        at={**HERE, "change": "@change"},
        data={"values": {}},
    ),
    row("api:set_customer_extra", "PUT", EDIT, token=True, at=HERE, data={"values": {}}),
    row("api:get_customer_history", "GET", SEE, token=True, at=HERE),
    row("api:get_customer_as_of", "GET", SEE, token=True, at=HERE),
    row("api:list_notes", "GET", SEE, token=True, at=HERE),
    row("api:record_note", "POST", EDIT, token=True, at=HERE),
    row("api:add_note_file", "POST", EDIT, token=True, at={"ref": "@note"}),
    row("api:list_follow_ups", "GET", SEE_OWN, token=True),
    row("api:agree_next_step", "POST", EDIT, token=True, at={"ref": "@note"}),
    row("api:finish_next_step", "POST", EDIT, token=True, at={"step_id": "@step"}, data={"outcome": "done"}),
    row("api:get_contact_plan", "GET", SEE_OWN, token=True),
    row("api:get_contact_coverage", "GET", SEE_OWN, token=True),
]
