"""The addresses of reviews, Weibo and Douyin."""

from __future__ import annotations

from django.urls import URLPattern, path

from keyue.channels.reviews import views

urlpatterns: list[URLPattern] = [
    path("hooks/weibo/<int:pk>/", views.weibo_callback, name="hook_weibo"),
    path("hooks/douyin/<int:pk>/", views.douyin_callback, name="hook_douyin"),
    path("settings/channels/<int:pk>/reviews/", views.reviews, name="reviews"),
]
