"""Addresses of the knowledge room: the articles for staff, and the help centre for everybody."""

from django.urls import URLPattern, path

from keyue.knowledge import file_views, help_views, model_views, question_views, script_views, views

app_name = "knowledge"
urlpatterns: list[URLPattern] = [
    path("knowledge/", views.article_list, name="list"),
    path("knowledge/new/", views.article_new, name="new"),
    path("knowledge/words/", views.words, name="words"),
    path("knowledge/suggestions/", views.suggestions, name="suggestions"),
    path("knowledge/questions/", question_views.questions, name="questions"),
    path("knowledge/questions/<int:pk>/<slug:code>/", question_views.decide, name="decide"),
    path("knowledge/canned/", script_views.canned, name="canned"),
    path("knowledge/speech/", script_views.speech_rules, name="speech"),
    path("knowledge/speech/<int:pk>/end/", script_views.end_line, name="end_line"),
    path("knowledge/scripts/import/", script_views.script_import, name="script_import"),
    path("knowledge/scripts/<slug:kind>/", script_views.script_list, name="scripts"),
    path("knowledge/scripts/<slug:kind>/new/", script_views.script_new, name="script_new"),
    path("knowledge/script/<int:pk>/", script_views.script_page, name="script"),
    path("knowledge/script/<int:pk>/edit/", script_views.script_edit, name="script_edit"),
    path("knowledge/script/<int:pk>/walk/", script_views.walk, name="walk"),
    path("knowledge/script/<int:pk>/<slug:code>/", script_views.script_act, name="script_act"),
    path("knowledge/answers/", question_views.answers, name="answers"),
    path(
        "knowledge/<int:pk>/wordings/<int:wording>/remove/",
        question_views.remove_wording,
        name="remove_wording",
    ),
    path("knowledge/files/<int:pk>/", file_views.file, name="file"),
    path("knowledge/<int:pk>/files/add/", file_views.add, name="add_files"),
    path("knowledge/<int:pk>/files/<int:file>/remove/", file_views.remove, name="remove_file"),
    path("knowledge/<int:pk>/", views.article_page, name="article"),
    path("knowledge/<int:pk>/edit/", views.article_edit, name="edit"),
    path("knowledge/<int:pk>/editions/<int:n>/", views.edition_page, name="edition"),
    path("knowledge/<int:pk>/<slug:code>/", views.article_act, name="act"),
    path("settings/language-model/", model_views.language_model, name="model"),
    path("settings/language-model/try/", model_views.try_model, name="try_model"),
    path("help/", help_views.home, name="help"),
    path("help/files/<int:pk>/", file_views.public_file, name="help_file"),
    path("help/answers/<uuid:uid>/", help_views.judge, name="judge"),
    path("help/<slug:number>/", help_views.article, name="help_article"),
]
