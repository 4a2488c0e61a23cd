"""Addresses of the first run."""

from django.urls import URLPattern, path

from keyue.operations import views

app_name = "operations"
urlpatterns: list[URLPattern] = [
    path("start/", views.start, name="start"),
    path("start/staff-sheet/", views.staff_sheet, name="staff_sheet"),
    path("start/done/", views.started, name="started"),
    path("start/<slug:step>/", views.step, name="start_step"),
]
