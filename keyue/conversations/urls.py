"""Addresses of the conversations room."""

from django.urls import URLPattern, path

from keyue.conversations import views

app_name = "conversations"
urlpatterns: list[URLPattern] = [
    path("conversations/", views.inbox, name="inbox"),
    path("conversations/<int:pk>/", views.conversation, name="conversation"),
    path("conversations/<int:pk>/say/", views.say, name="say"),
    path("conversations/<int:pk>/case/", views.open_case, name="open_case"),
    path("conversations/<int:pk>/act/<slug:code>/", views.act, name="act"),
    path("conversations/files/<int:pk>/", views.file, name="file"),
]
