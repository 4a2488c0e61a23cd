"""The address that WeCom calls."""

from __future__ import annotations

from django.urls import URLPattern, path

from keyue.channels.wecom import views

urlpatterns: list[URLPattern] = [path("hooks/wecom/<int:pk>/", views.callback, name="hook_wecom")]
