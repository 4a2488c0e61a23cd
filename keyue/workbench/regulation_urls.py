"""Addresses of the regulations, as coverage reports."""

from django.urls import URLPattern, path

from keyue.workbench import regulation_views as views

app_name = "regulations"
urlpatterns: list[URLPattern] = [
    path("", views.regulation_list, name="list"),
    path("<slug:regulation>/", views.regulation_page, name="page"),
    path("<slug:regulation>/<str:number>/", views.regulation_page, name="clause"),
    path("<slug:regulation>/<str:number>/evidence/", views.evidence, name="evidence"),
]
