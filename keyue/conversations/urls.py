"""Addresses of the conversations room."""

from django.urls import URLPattern, path

from keyue.conversations import become_views, channel_views, views, who_views

app_name = "conversations"
urlpatterns: list[URLPattern] = [
    path("conversations/", views.inbox, name="inbox"),
    path("conversations/<int:pk>/", views.conversation, name="conversation"),
    path("conversations/waiting/", views.waiting, name="waiting"),
    path("conversations/<int:pk>/say/", views.say, name="say"),
    path("conversations/<int:pk>/typing/", views.typing, name="typing"),
    path("conversations/<int:pk>/seen/", views.seen_talk, name="seen_talk"),
    path("conversations/<int:pk>/who/", who_views.who, name="who"),
    path("conversations/<int:pk>/who/new/", who_views.newcomer, name="newcomer"),
    path("conversations/<int:pk>/lines/<uuid:uid>/<slug:what>/", become_views.become, name="become"),
    path("conversations/<int:pk>/case/", views.open_case, name="open_case"),
    path("conversations/<int:pk>/act/<slug:code>/", views.act, name="act"),
    path("settings/channels/", channel_views.channels, name="channels"),
    path("settings/channels/new/<slug:kind>/", channel_views.new_channel, name="new_channel"),
    path("settings/channels/<int:pk>/", channel_views.channel, name="channel"),
    path("settings/channels/<int:pk>/seen/", channel_views.seen, name="seen"),
    path("settings/channels/<int:pk>/try/", channel_views.try_channel, name="try_channel"),
    path("settings/channels/<int:pk>/close/", channel_views.close_channel, name="close_channel"),
    path("conversations/files/<int:pk>/", views.file, name="file"),
]
