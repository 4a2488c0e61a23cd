"""Addresses of the cases room."""

from django.urls import URLPattern, path

from keyue.cases.views import acts, bulk, detail, files, imports, intake, lists, review, walks

app_name = "cases"
urlpatterns: list[URLPattern] = [
    path("cases/", lists.case_list, name="list"),
    path("cases/views/new/", lists.new_view, name="new_view"),
    path("cases/views/<int:pk>/", lists.view, name="view"),
    path("cases/views/<int:pk>/delete/", lists.delete_view, name="delete_view"),
    path("cases/views/<int:pk>/restore/", lists.restore_view, name="restore_view"),
    path("cases/bulk/<slug:what>/", bulk.bulk, name="bulk"),
    path("cases/review/", review.review, name="review"),
    path("cases/new/", intake.new, name="new"),
    path("cases/new/known/", intake.known, name="known"),
    path("cases/files/<int:pk>/", files.download, name="file"),
    path("cases/imports/", imports.imports, name="imports"),
    path("cases/imports/template/", imports.template, name="import_template"),
    path("cases/imports/<int:pk>/", imports.import_run, name="import_run"),
    path("cases/imports/<int:pk>/progress/", imports.import_progress, name="import_progress"),
    path("cases/imports/<int:pk>/faults/", imports.import_faults, name="import_faults"),
    path("cases/<str:number>/", detail.page_of, name="page"),
    path("cases/<str:number>/title/", detail.title, name="title"),
    path("cases/<str:number>/say/", detail.say, name="say"),
    path("cases/<str:number>/walk/", walks.walks, name="walks"),
    path("cases/<str:number>/walk/<int:pk>/", walks.walk, name="walk"),
    path("cases/<str:number>/reveal/", detail.reveal, name="reveal"),
    path("cases/<str:number>/acts/<slug:code>/", acts.act, name="act"),
]
