"""The address that WeChat calls."""

from __future__ import annotations

from django.urls import URLPattern, path

from keyue.channels.wechat import views

urlpatterns: list[URLPattern] = [path("hooks/wechat/<int:pk>/", views.callback, name="hook_wechat")]
