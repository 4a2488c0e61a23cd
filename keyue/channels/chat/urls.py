"""Addresses of chat windows. The stream (`/live/chat/`) is answered before these, by `live.py`."""

from __future__ import annotations

from django.urls import URLPattern, path

from keyue.channels.chat import views

urlpatterns: list[URLPattern] = [
    path("chat/<int:pk>.js", views.script, name="chat_script"),
    path("chat/<int:pk>/", views.window, name="chat"),
    path("chat/<int:pk>/begin/", views.begin, name="chat_begin"),
    path("chat/<int:pk>/say/", views.say, name="chat_say"),
    path("chat/<int:pk>/typing/", views.typing, name="chat_typing"),
    path("chat/<int:pk>/read/", views.read, name="chat_read"),
    path("chat/<int:pk>/end/", views.end, name="chat_end"),
    path("chat/<int:pk>/files/<str:mark>/", views.file, name="chat_file"),
]
