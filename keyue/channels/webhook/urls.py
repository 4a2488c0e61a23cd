"""Addresses of other systems, outlets and robots."""

from __future__ import annotations

from django.urls import URLPattern, path

from keyue.channels.webhook import pages, views

urlpatterns: list[URLPattern] = [
    path("hooks/in/<int:pk>/", views.incoming, name="hook_in"),
    path("settings/outlets/", pages.outlets, name="outlets"),
    path("settings/outlets/new/<slug:kind>/", pages.new_outlet, name="new_outlet"),
    path("settings/outlets/<int:pk>/", pages.outlet, name="outlet"),
    path("settings/outlets/<int:pk>/<slug:what>/", pages.act_on_outlet, name="act_on_outlet"),
    path("settings/outlets/<int:pk>/replay/<int:push>/", pages.replay, name="replay_push"),
    path("settings/channels/<int:pk>/secret/", pages.channel_secret, name="channel_secret"),
    path("settings/callbacks/<int:pk>/<slug:what>/", pages.unread_callback, name="unread_callback"),
]
