"""Rows of the permission matrix: the knowledge base, and the help centre that everybody reads."""

from __future__ import annotations

from tests.architecture.permission_rows import (
    AGENT,
    EXECUTIVE,
    HEAD,
    INSPECTOR,
    KEEPER,
    MANAGER,
    OFFICER,
    PUBLIC,
    QUALITY,
    SALES,
    SUPERVISOR,
    WORKER,
    Row,
    row,
)

VIEW = (AGENT, SUPERVISOR, MANAGER, SALES, QUALITY, INSPECTOR, EXECUTIVE, WORKER, HEAD, KEEPER, OFFICER)
EDIT = (AGENT, SUPERVISOR, WORKER, HEAD, QUALITY)
APPROVE = (SUPERVISOR, HEAD)
ARTICLE, DRAFT = {"pk": "@article"}, {"pk": "@draft_article"}
TEXT = {"title": "滤芯多久更换一次", "body": "半年。", "topic": "维护保养", "visibility": "public"}

KNOWLEDGE: list[Row] = [
    row("knowledge:list", "GET", VIEW),
    row("knowledge:new", "GET", EDIT),
    row("knowledge:new", "POST", EDIT, data=TEXT),
    row("knowledge:words", "GET", APPROVE),
    row("knowledge:words", "POST", APPROVE, data={"synonyms": "退钱 退款"}),
    row("knowledge:suggestions", "GET", VIEW),
    row("knowledge:article", "GET", VIEW, at=ARTICLE),
    row("knowledge:edit", "GET", EDIT, at=ARTICLE),
    row("knowledge:edit", "POST", EDIT, at=ARTICLE, data=TEXT),
    row("knowledge:edition", "GET", VIEW, at={**ARTICLE, "n": 1}),
    row("knowledge:act", "GET", EDIT, at={**ARTICLE, "code": "review"}),
    row("knowledge:act", "POST", APPROVE, at={**DRAFT, "code": "return"}, data={"remark": "请改"}),
    row("knowledge:help", "GET", PUBLIC),
    row("knowledge:help_article", "GET", PUBLIC, at={"number": "@article_number"}),
    # --- the API ------------------------------------------------------------------------------------------
    row("api:list_articles", "GET", VIEW, token=True),
    row("api:draft_article", "POST", EDIT, token=True, data=TEXT),
    row("api:get_article", "GET", VIEW, token=True, at=ARTICLE),
    row("api:revise_article", "PUT", EDIT, token=True, at=ARTICLE, data=TEXT),
    row("api:submit_article", "POST", EDIT, token=True, at=ARTICLE),
    row("api:publish_article", "POST", APPROVE, token=True, at=DRAFT),
    row("api:return_article", "POST", APPROVE, token=True, at=DRAFT, data={"remark": "请改"}),
    row("api:review_article", "POST", EDIT, token=True, at=ARTICLE, data={}),
    row("api:note_article_source", "POST", EDIT, token=True, at=ARTICLE, data={"what": "保修改为两年"}),
    row(
        "api:change_article_keepers",
        "PUT",
        EDIT,
        token=True,
        at=ARTICLE,
        data={"owner": "@person", "editor": "@person"},
    ),
    row("api:withdraw_article", "POST", APPROVE, token=True, at=ARTICLE, data={"reason": "停售"}),
    row("api:search_knowledge", "GET", VIEW, token=True),
    row("api:get_synonyms", "GET", APPROVE, token=True),
    row("api:change_synonyms", "PUT", APPROVE, token=True, data={"synonyms": "退钱 退款"}),
    row("api:list_scripts", "GET", VIEW, token=True),
    row("api:list_offered_scripts", "GET", VIEW, token=True),
    row("api:get_script", "GET", VIEW, token=True, at={"pk": "@tree"}),
    row("api:list_questions", "GET", EDIT, token=True),
    row(
        "api:attach_question",
        "POST",
        EDIT,
        token=True,
        at={"pk": "@question_group"},
        data={"article": "@article_number"},
    ),
    row("api:draft_question", "POST", EDIT, token=True, at={"pk": "@question_group"}),
    row("api:set_question_aside", "POST", EDIT, token=True, at={"pk": "@question_group"}),
    row("api:reopen_question", "POST", EDIT, token=True, at={"pk": "@question_group"}),
]
