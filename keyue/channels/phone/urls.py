"""Addresses of the telephone."""

from __future__ import annotations

from django.urls import URLPattern, path

from keyue.channels.phone import views

urlpatterns: list[URLPattern] = [
    path("hooks/phone/<int:pk>/", views.exchange, name="exchange"),
    path("calls/ringing/", views.ringing, name="ringing"),
    path("calls/new/", views.new_call, name="new_call"),
    path("calls/caller/", views.caller, name="caller"),
    path("calls/<int:pk>/record/", views.record, name="record_call"),
    path("settings/channels/<int:pk>/shifts/", views.shifts, name="shifts"),
    path("settings/shifts/<int:pk>/remove/", views.remove_shift, name="remove_shift"),
]
