"""Rows of the permission matrix: contracts with their payments, projects with their stages.

The customer of the world belongs to another department than the people of the roles: who sees their own alone, as those
who write contracts do, is not let through.
"""

from __future__ import annotations

from tests.architecture.permission_rows import (
    EXECUTIVE,
    INSPECTOR,
    KEEPER,
    MANAGER,
    QUALITY,
    SALES,
    SUPERVISOR,
    Row,
    row,
)

EDIT = (MANAGER, SALES)
VIEW = (*EDIT, SUPERVISOR, KEEPER, QUALITY, INSPECTOR, EXECUTIVE)
SEE = (SUPERVISOR, KEEPER, QUALITY, INSPECTOR, EXECUTIVE)
CONTRACT, PROJECT, CUSTOMER = {"pk": "@contract"}, {"pk": "@project"}, {"number": "@customer"}
PAYMENT = {**CONTRACT, "payment": "@contract_payment"}
STAGE = {**PROJECT, "stage": "@project_stage"}

CONTRACTS: list[Row] = [
    row("contracts:contracts", "GET", VIEW),
    row("contracts:contract", "GET", SEE, at=CONTRACT),
    row("contracts:contract_new", "GET", (), at=CUSTOMER),
    row("contracts:contract_new", "POST", (), at=CUSTOMER),
    row("contracts:contract_edit", "GET", (), at=CONTRACT),
    row("contracts:contract_edit", "POST", (), at=CONTRACT),
    row("contracts:contract_renew", "GET", (), at=CONTRACT),
    row("contracts:contract_renew", "POST", (), at=CONTRACT),
    row("contracts:contract_act", "GET", (EXECUTIVE,), at={**CONTRACT, "code": "review"}),
    row("contracts:contract_act", "POST", (), at={**CONTRACT, "code": "sign"}),
    row("contracts:payment_act", "GET", (), at={**PAYMENT, "code": "receive"}),
    row("contracts:payment_act", "POST", (), at={**PAYMENT, "code": "chase"}),
    row("contracts:projects", "GET", VIEW),
    row("contracts:project", "GET", SEE, at=PROJECT),
    row("contracts:project_new", "GET", (), at=CUSTOMER),
    row("contracts:project_new", "POST", (), at=CUSTOMER),
    row("contracts:project_edit", "GET", (), at=PROJECT),
    row("contracts:project_edit", "POST", (), at=PROJECT),
    row("contracts:project_act", "GET", (), at={**PROJECT, "code": "talk"}),
    row("contracts:project_act", "POST", (), at={**PROJECT, "code": "talk"}),
    row("contracts:stage_act", "GET", (), at={**STAGE, "code": "progress"}),
    row("contracts:stage_act", "POST", (), at={**STAGE, "code": "finish"}),
    row("contracts:opinion_case", "GET", (), at={**PROJECT, "opinion": "@project_opinion"}),
    row("contracts:opinion_case", "POST", (), at={**PROJECT, "opinion": "@project_opinion"}),
    # --- the API ------------------------------------------------------------------------------------------
    row("api:list_contracts", "GET", VIEW, token=True),
    row("api:draft_contract", "POST", (), token=True, data={"customer": "KH-00001", "number": "HT-9"}),
    row("api:contract_detail", "GET", SEE, token=True, at=CONTRACT),
    row("api:change_contract", "PUT", (), token=True, at=CONTRACT),
    row("api:review_contract", "POST", (EXECUTIVE,), token=True, at=CONTRACT),
    row(
        "api:return_contract", "POST", (EXECUTIVE,), token=True, at=CONTRACT, data={"remark": "付款日写明。"}
    ),
    row("api:sign_contract", "POST", (), token=True, at=CONTRACT),
    row("api:archive_contract", "POST", (), token=True, at=CONTRACT),
    row("api:terminate_contract", "POST", (), token=True, at=CONTRACT),
    row("api:receive_payment", "POST", (), token=True, at=PAYMENT),
    row("api:chase_payment", "POST", (), token=True, at=PAYMENT),
    row("api:list_projects", "GET", VIEW, token=True),
    row("api:create_project", "POST", (), token=True),
    row("api:project_detail", "GET", SEE, token=True, at=PROJECT),
    row("api:confirm_plan", "POST", (), token=True, at=PROJECT),
    row("api:start_service", "POST", (), token=True, at=PROJECT),
    row("api:complete_project", "POST", (), token=True, at=PROJECT),
    row("api:note_progress", "POST", (), token=True, at=STAGE),
    row("api:finish_stage", "POST", (), token=True, at=STAGE),
    row("api:record_talk", "POST", (), token=True, at=PROJECT),
    row("api:hear_opinion", "POST", (), token=True, at=PROJECT),
]
