"""Addresses of the workbench."""

from django.urls import URLPattern, path

from keyue.workbench import audit_views, calendar_views, views

app_name = "workbench"
urlpatterns: list[URLPattern] = [
    path("", views.workbench, name="home"),
    path("nav/", views.navigation, name="nav"),
    path("notices/", views.notice_list, name="notices"),
    path("promises/requests/", views.request_list, name="requests"),
    path("search/", views.search, name="search"),
    path("audit/", audit_views.trail, name="audit"),
    path("audit/facts/", audit_views.facts, name="audit_facts"),
    path("audit/export/", audit_views.export, name="audit_export"),
    path("settings/calendar/", calendar_views.calendar, name="calendar"),
    path("settings/calendar/edit/", calendar_views.edit, name="calendar_edit"),
    path("live/", views.live_stream, name="live"),
]
