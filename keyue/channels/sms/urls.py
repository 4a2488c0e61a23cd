"""The address that providers of short messages call."""

from __future__ import annotations

from django.urls import URLPattern, path

from keyue.channels.sms import views

urlpatterns: list[URLPattern] = [
    path("hooks/sms/<int:pk>/<slug:key>/", views.callback, name="hook_sms"),
]
