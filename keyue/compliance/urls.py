"""Addresses of the regulations, as coverage reports."""

from django.urls import URLPattern, path

from keyue.compliance import acts, edition_views, rebasing_views, receipt_views, views
from keyue.compliance import attest_views as attesting
from keyue.compliance import control_views as controls
from keyue.compliance import pack_views as packs
from keyue.compliance import reading_views as files
from keyue.compliance import what_if_views as what_if

app_name = "regulations"
urlpatterns: list[URLPattern] = [
    path("", views.regulation_list, name="list"),
    # names that are no regulation and no number of a clause
    path("adopt/", acts.adopt, name="adopt"),
    path("upload/", files.upload, name="upload"),
    path("upload/<int:pk>/", files.file_page, name="read_file"),
    path("upload/<int:pk>/progress/", files.file_progress, name="read_file_progress"),
    path("upload/<int:pk>/<slug:key>/", files.decide, name="decide"),
    path("<slug:regulation>/answers/", acts.answers, name="answers"),
    # evidence packs
    path("packs/", packs.pack_list, name="pack_list"),
    path("packs/<uuid:uid>/", packs.pack_progress, name="pack_progress"),
    path("packs/<uuid:uid>/download/", packs.pack_download, name="pack_download"),
    path("<slug:regulation>/packs/", packs.pack_page, name="pack"),
    path("conflicts/", views.conflict_list, name="conflicts"),
    path("<slug:regulation>/what-if/", what_if.what_if_page, name="what_if"),
    path("<slug:regulation>/what-if/<int:pk>/", what_if.what_if_run, name="what_if_run"),
    path("<slug:regulation>/what-if/<int:pk>/cancel/", what_if.what_if_cancel, name="what_if_cancel"),
    path("<slug:regulation>/what-if/<int:pk>/draft/", what_if.what_if_draft, name="what_if_draft"),
    # editions: drafts, reviews, announcements, receipts
    path("steps/", edition_views.steps, name="steps"),
    path("<slug:regulation>/editions/", edition_views.editions, name="editions"),
    path("<slug:regulation>/editions/new/", edition_views.new_draft, name="new_draft"),
    path("<slug:regulation>/editions/<int:n>/", edition_views.draft, name="draft"),
    path("<slug:regulation>/editions/<int:n>/text/", edition_views.revise, name="revise"),
    path("<slug:regulation>/editions/<int:n>/act/", edition_views.act, name="draft_act"),
    path("<slug:regulation>/editions/<int:n>/review/", edition_views.review, name="review"),
    path("<slug:regulation>/editions/<int:n>/announce/", edition_views.announce, name="announce"),
    path("<slug:regulation>/editions/<int:n>/difference/", edition_views.difference, name="difference"),
    path("<slug:regulation>/editions/<int:n>/read/", receipt_views.read, name="read"),
    path("<slug:regulation>/editions/<int:n>/receipts/", receipt_views.receipts, name="receipts"),
    path("<slug:regulation>/editions/<int:n>/receipts/remind/", receipt_views.remind, name="remind"),
    path(
        "<slug:regulation>/editions/<int:n>/receipts/sheet/",
        receipt_views.receipts_sheet,
        name="receipts_sheet",
    ),
    path("<slug:regulation>/editions/<int:n>/rebasings/", rebasing_views.rebasings, name="rebasings"),
    path("<slug:regulation>/rebasings/<int:pk>/", rebasing_views.rebasing_page, name="rebasing"),
    # statements of the company
    path("statements/<int:pk>/withdraw/", attesting.withdraw_page, name="statement_withdraw"),
    path("statements/files/<int:pk>/", attesting.statement_file, name="statement_file"),
    path("<slug:regulation>/attest/<str:control>/", attesting.attest_page, name="attest"),
    # writing a draft clause by clause
    path("<slug:regulation>/editions/<int:n>/clauses/", controls.control_new, name="control_new"),
    path(
        "<slug:regulation>/editions/<int:n>/clauses/<str:number>/", controls.clause_edit, name="clause_edit"
    ),
    path(
        "<slug:regulation>/editions/<int:n>/clauses/<str:number>/new/",
        controls.control_new,
        name="control_new",
    ),
    path(
        "<slug:regulation>/editions/<int:n>/clauses/<str:number>/new/text/",
        controls.control_text_new,
        name="control_text_new",
    ),
    path(
        "<slug:regulation>/editions/<int:n>/controls/<str:control>/",
        controls.control_edit,
        name="control_edit",
    ),
    path(
        "<slug:regulation>/editions/<int:n>/controls/<str:control>/text/",
        controls.control_as_text,
        name="control_text",
    ),
    path(
        "<slug:regulation>/editions/<int:n>/controls/<str:control>/remove/",
        controls.control_remove,
        name="control_remove",
    ),
    path("<slug:regulation>/editions/<int:n>/restore/", controls.control_restore, name="control_restore"),
    path("<slug:regulation>/", views.regulation_page, name="page"),
    path("<slug:regulation>/<str:number>/", views.regulation_page, name="clause"),
    path("<slug:regulation>/<str:number>/evidence/", views.evidence, name="evidence"),
]
