"""Who may call the addresses about customers in and out by file, access for a time, the trail, and customers' files."""

from __future__ import annotations

from tests.architecture.permission_rows import (
    AGENT,
    EXECUTIVE,
    HEAD,
    KEEPER,
    OFFICER,
    QUALITY,
    SALES,
    SEE_ALL,
    SEE_SOME,
    SUPERVISOR,
    Row,
    row,
)

SEE = (*SEE_ALL, KEEPER, OFFICER)
SEE_OWN = (*SEE_SOME, SALES, KEEPER, OFFICER)
EDIT = (AGENT, SUPERVISOR, KEEPER)
IMPORT = (SUPERVISOR, KEEPER)
ASK = (AGENT, SUPERVISOR, HEAD, SALES, KEEPER, QUALITY)
# the export of the world was asked for by the agent
APPROVE = (SUPERVISOR, EXECUTIVE)
TRUST = (EXECUTIVE, OFFICER)
RUN, OUT, GRANT, FILE = (
    {"pk": "@customer_import"},
    {"pk": "@export"},
    {"pk": "@grant"},
    {"pk": "@customer_file"},
)
HERE = {"number": "@customer"}
MAPPED = {"act": "map"}
ASKED = {"columns": ["number"], "purpose": "joint", "remark": "月度对账"}

EXCHANGE: list[Row] = [
    row("customers:imports", "GET", IMPORT),
    row("customers:imports", "POST", IMPORT),
    row("customers:import_template", "GET", IMPORT),
    row("customers:import", "GET", IMPORT, at=RUN),
    row("customers:import", "POST", IMPORT, at=RUN, data=MAPPED),
    row("customers:import_progress", "GET", IMPORT, at=RUN),
    row("customers:import_faults", "GET", IMPORT, at=RUN),
    row("customers:exports", "GET", (*ASK, EXECUTIVE)),
    row("customers:export_new", "GET", ASK),
    row("customers:export_new", "POST", ASK),
    row("customers:export", "GET", APPROVE, at=OUT),
    row("customers:export_decide", "POST", APPROVE, at=OUT),
    row("customers:export_download", "GET", (SUPERVISOR,), at=OUT),
    row("customers:grants", "GET", SEE_OWN),
    row("customers:grants", "POST", SEE_OWN),
    row("customers:grant_act", "POST", TRUST, at=GRANT),
    row("customers:reading_explain", "POST", TRUST, at={"pk": "@reading"}),
    row("customers:reading_limits", "POST", TRUST),
    row("customers:trail", "GET", TRUST, at=HERE),
    row("customers:file_add", "POST", EDIT, at=HERE),
    row("customers:attachment", "GET", SEE, at=FILE),
    row("customers:attachment_remove", "POST", EDIT, at=FILE),
    # --- the API --------------------------------------------------------------------------------------------
    row(
        "api:create_customer_import",
        "POST",
        IMPORT,
        token=True,
        data={"name": "客户.csv", "content": "5a6i5oi35ZCN56ewCueUsg==", "dry_run": True},
    ),
    row("api:create_customer_import_from_file", "POST", IMPORT, token=True),
    row("api:list_customer_imports", "GET", IMPORT, token=True),
    row("api:get_customer_import", "GET", IMPORT, token=True, at=RUN),
    row("api:list_customer_import_faults", "GET", IMPORT, token=True, at=RUN),
    row("api:stop_customer_import", "POST", IMPORT, token=True, at=RUN),
    row("api:undo_customer_import", "POST", IMPORT, token=True, at=RUN),
    row("api:ask_customer_export", "POST", ASK, token=True, data=ASKED),
    row("api:list_customer_exports", "GET", (*ASK, EXECUTIVE), token=True),
    row("api:get_customer_export", "GET", APPROVE, token=True, at=OUT),
    row("api:approve_customer_export", "POST", APPROVE, token=True, at=OUT),
    row("api:refuse_customer_export", "POST", APPROVE, token=True, at=OUT, data={"refusal": "范围太大"}),
    row("api:download_customer_export", "GET", (SUPERVISOR,), token=True, at=OUT),
    row(
        "api:ask_access_grant",
        "POST",
        SEE_OWN,
        token=True,
        data={
            "number": "KH-99999",
            "purpose": "joint",
            "remark": "联合投标",
            "until": "2026-12-31T18:00:00+08:00",
        },
    ),
    row("api:list_access_grants", "GET", SEE_OWN, token=True),
    row("api:approve_access_grant", "POST", TRUST, token=True, at=GRANT),
    row("api:refuse_access_grant", "POST", TRUST, token=True, at=GRANT, data={"refusal": "不需要"}),
    row("api:withdraw_access_grant", "POST", TRUST, token=True, at=GRANT),
    row("api:list_customer_trail", "GET", TRUST, token=True, at=HERE),
    row("api:list_customer_files", "GET", SEE, token=True, at=HERE),
    row("api:add_customer_file", "POST", EDIT, token=True, at=HERE),
    row("api:download_customer_file", "GET", SEE, token=True, at={"file_id": "@customer_file"}),
    row("api:remove_customer_file", "DELETE", EDIT, token=True, at={"file_id": "@customer_file"}),
]
