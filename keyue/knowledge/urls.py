"""Addresses of the knowledge room: the articles for staff, and the help centre for everybody."""

from django.urls import URLPattern, path

from keyue.knowledge import help_views, views

app_name = "knowledge"
urlpatterns: list[URLPattern] = [
    path("knowledge/", views.article_list, name="list"),
    path("knowledge/new/", views.article_new, name="new"),
    path("knowledge/words/", views.words, name="words"),
    path("knowledge/suggestions/", views.suggestions, name="suggestions"),
    path("knowledge/<int:pk>/", views.article_page, name="article"),
    path("knowledge/<int:pk>/edit/", views.article_edit, name="edit"),
    path("knowledge/<int:pk>/editions/<int:n>/", views.edition_page, name="edition"),
    path("knowledge/<int:pk>/<slug:code>/", views.article_act, name="act"),
    path("help/", help_views.home, name="help"),
    path("help/<slug:number>/", help_views.article, name="help_article"),
]
