"""Addresses of the workbench."""

from django.urls import URLPattern, path

from keyue.workbench import views

app_name = "workbench"
urlpatterns: list[URLPattern] = [
    path("", views.workbench, name="home"),
    path("nav/", views.navigation, name="nav"),
    path("notices/", views.notice_list, name="notices"),
    path("search/", views.search, name="search"),
    path("live/", views.live_stream, name="live"),
]
