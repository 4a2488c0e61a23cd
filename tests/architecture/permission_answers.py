"""Rows of the permission matrix: automatic answers, canned answers, troubleshooting trees, and what messages must hold."""

from __future__ import annotations

from tests.architecture.permission_knowledge import APPROVE, ARTICLE, EDIT, VIEW
from tests.architecture.permission_rows import AGENT, PUBLIC, SUPERVISOR, SYSTEM, Row, row

GROUP, SCRIPT, TREE = {"pk": "@question_group"}, {"pk": "@script"}, {"pk": "@tree"}
DRAFT = {"pk": "@draft_script"}
CANNED = {"code": "xin", "title": "新的", "body": "您好。", "scope": "all"}

ANSWERS: list[Row] = [
    row("knowledge:questions", "GET", EDIT),
    row("knowledge:answers", "GET", EDIT),
    row("knowledge:decide", "POST", EDIT, at={**GROUP, "code": "aside"}),
    row("knowledge:remove_wording", "POST", EDIT, at={**ARTICLE, "wording": "@wording"}),
    row(
        "knowledge:judge",
        "POST",
        PUBLIC,
        at={"uid": "@answered_question"},
        data={"useful": "yes"},
        anonymous=303,
        nobody=303,
    ),
    row("knowledge:scripts", "GET", VIEW, at={"kind": "canned"}),
    row("knowledge:script_new", "GET", EDIT, at={"kind": "tree"}),
    row("knowledge:script_new", "POST", EDIT, at={"kind": "canned"}, data=CANNED),
    row("knowledge:script_import", "GET", EDIT),
    row("knowledge:script_import", "POST", EDIT),
    row("knowledge:script", "GET", VIEW, at=TREE),
    row("knowledge:script_edit", "GET", EDIT, at=DRAFT),
    row("knowledge:script_edit", "POST", EDIT, at=DRAFT, data=CANNED),
    row("knowledge:script_act", "GET", EDIT, at={**DRAFT, "code": "submit"}),
    row("knowledge:script_act", "POST", APPROVE, at={**SCRIPT, "code": "approve"}),
    row("knowledge:walk", "GET", VIEW, at=TREE),
    row("cases:walks", "GET", (AGENT, SUPERVISOR), at={"number": "@case"}),
    row("cases:walk", "GET", (AGENT, SUPERVISOR), at={"number": "@case", **TREE}),
    row(
        "cases:walk",
        "POST",
        (AGENT, SUPERVISOR),
        at={"number": "@case", **TREE},
        data={"path": "0", "edition": "1"},
    ),
    row("knowledge:canned", "GET", VIEW),
    row("knowledge:speech", "GET", APPROVE),
    row("knowledge:speech", "POST", APPROVE, data={"act": "words", "forbidden": "保证治愈"}),
    row("knowledge:file", "GET", VIEW, at={"pk": "@article_file"}),
    row("knowledge:add_files", "POST", EDIT, at=ARTICLE, data={"files": ""}),
    row("knowledge:remove_file", "POST", EDIT, at={**ARTICLE, "file": "@article_file"}),
    row("knowledge:help_file", "GET", PUBLIC, at={"pk": "@article_file"}),
    row("knowledge:model", "GET", (SYSTEM,)),
    row("knowledge:model", "POST", (SYSTEM,), data={"address": "", "seconds": "8"}),
    row("knowledge:try_model", "POST", (SYSTEM,)),
    row("knowledge:end_line", "POST", APPROVE, at={"pk": "@required_line"}),
]
