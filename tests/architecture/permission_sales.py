"""Rows of the permission matrix: leads, the public pool, needs, plans and opportunities.

What the world has lies in another department than the people of the roles: who sees their own alone is not let through.
"""

from __future__ import annotations

from tests.architecture.permission_rows import MANAGER, PUBLIC, SALES, Row, row

SELL = (MANAGER, SALES)
LEAD, CUSTOMER = {"number": "@lead"}, {"number": "@customer"}
CHANCE, NEED, PLAN = {"number": "@opportunity"}, {"pk": "@need"}, {"pk": "@plan"}
ENTRY = {"pk": "@pool_entry"}

SALES_ROWS: list[Row] = [
    row("sales:leads", "GET", SELL),
    row("sales:lead_new", "GET", SELL),
    row("sales:lead_new", "POST", SELL),
    row("sales:lead", "GET", (), at=LEAD),
    row("sales:lead_reveal", "POST", (), at={**LEAD, "field": "phone"}),
    row("sales:lead_act", "GET", (), at={**LEAD, "code": "contact"}),
    row("sales:lead_act", "POST", (), at={**LEAD, "code": "settle"}),
    row("sales:pool", "GET", SELL),
    row("sales:rules", "GET", (SALES,)),
    row("sales:rules", "POST", (SALES,)),
    row("sales:pick", "POST", SELL, at=ENTRY),
    row("sales:put_back", "POST", (SALES,), at=ENTRY),
    row("sales:release", "GET", (), at=CUSTOMER),
    row("sales:release", "POST", (), at=CUSTOMER),
    row("sales:funnel", "GET", SELL),
    row("sales:funnel_file", "GET", SELL),
    row("sales:target", "GET", (SALES,)),
    row("sales:target", "POST", (SALES,)),
    row("sales:board", "GET", SELL),
    row("sales:opportunities", "GET", SELL),
    row("sales:opportunity", "GET", (), at=CHANCE),
    row("sales:opportunity_new", "GET", (), at=CUSTOMER),
    row("sales:opportunity_new", "POST", (), at=CUSTOMER),
    row("sales:opportunity_act", "GET", (), at={**CHANCE, "code": "edit"}),
    row("sales:opportunity_act", "POST", (), at={**CHANCE, "code": "lose"}),
    row("sales:move", "POST", (), at={**CHANCE, "stage": "offer", "revision": 1}),
    row("sales:unmove", "POST", (), at={**CHANCE, "stage": "offer", "revision": 1}),
    row("sales:need_new", "GET", (), at=CUSTOMER),
    row("sales:need_new", "POST", (), at=CUSTOMER),
    row("sales:need_act", "GET", (), at={**NEED, "code": "plan"}),
    row("sales:need_act", "POST", (), at={**NEED, "code": "drop"}),
    row("sales:plan", "GET", (), at=PLAN),
    row("sales:plan_act", "GET", (), at={**PLAN, "code": "confirm"}),
    row("sales:plan_act", "POST", (), at={**PLAN, "code": "withdraw"}),
    # whoever has the link; another one leads nowhere
    row("sales:plan_link", "GET", PUBLIC, anonymous=404, nobody=404, at={"token": "nothing"}),
    row("sales:plan_link", "POST", PUBLIC, anonymous=404, nobody=404, at={"token": "nothing"}),
    # --- the API ------------------------------------------------------------------------------------------
    row("api:list_leads", "GET", SELL, token=True),
    row(
        "api:register_lead",
        "POST",
        SELL,
        token=True,
        data={"kind": "organisation", "name": "东山药业有限公司"},
    ),
    row("api:get_lead", "GET", (), token=True, at=LEAD),
    row("api:contact_lead", "POST", (), token=True, at=LEAD),
    row("api:drop_lead", "POST", (), token=True, at=LEAD, data={"reason": "no_need"}),
    row("api:qualify_lead", "POST", (), token=True, at=LEAD),
    row("api:settle_lead", "POST", (), token=True, at=LEAD, data={"outcome": "both", "why": "两家公司"}),
    row("api:list_pool", "GET", SELL, token=True),
    row("api:release_to_pool", "POST", (), token=True, data={"customer": "@customer"}),
    row("api:pick_from_pool", "POST", SELL, token=True, at={"entry_id": "@pool_entry"}),
    row("api:note_need", "POST", (), token=True, data={"customer": "@customer", "what": "膜组"}),
    row("api:drop_need", "POST", (), token=True, at={"need_id": "@need"}, data={"reason": "price"}),
    row("api:send_plan", "POST", (), token=True, at={"need_id": "@need"}, data={"text": "膜组两台"}),
    row("api:list_opportunities", "GET", SELL, token=True),
    row("api:open_opportunity", "POST", (), token=True, data={"customer": "@customer", "title": "膜组"}),
    row("api:get_opportunity", "GET", (), token=True, at=CHANCE),
    row("api:change_opportunity", "PATCH", (), token=True, at=CHANCE, data={"amount": "5"}),
    row("api:move_opportunity", "POST", (), token=True, at=CHANCE, data={"stage": "offer"}),
    row("api:lose_opportunity", "POST", (), token=True, at=CHANCE, data={"reason": "price"}),
]
