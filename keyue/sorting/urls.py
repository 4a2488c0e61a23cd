"""Addresses of the sorting room."""

from django.urls import URLPattern, path

from keyue.sorting.views import figures, problems, proposals, routing, words

app_name = "sorting"
urlpatterns: list[URLPattern] = [
    path("sorting/", proposals.queue, name="queue"),
    path("sorting/cases/<str:number>/", proposals.proposal, name="proposal"),
    path("sorting/cases/<str:number>/accept/", proposals.accept, name="accept"),
    path("sorting/figures/", figures.figures, name="figures"),
    path("sorting/figures/<int:n>/put/", figures.put, name="put_model"),
    path("sorting/words/", words.words, name="words"),
    path("sorting/words/<slug:question>/<slug:label>/", words.word_list, name="word_list"),
    path("sorting/rules/", routing.rules, name="rules"),
    path("sorting/rules/new/", routing.new_rule, name="new_rule"),
    path("sorting/rules/<int:pk>/", routing.rule, name="rule"),
    path("sorting/rules/<int:pk>/move/", routing.move, name="move_rule"),
    path("sorting/rules/<int:pk>/end/", routing.end, name="end_rule"),
    path("sorting/skills/", routing.give_skill, name="give_skill"),
    path("sorting/skills/<int:pk>/take/", routing.take_skill, name="take_skill"),
    path("sorting/alarm/", problems.alarm, name="alarm"),
    path("problems/", problems.problems, name="problems"),
    path("problems/new/", problems.new_problem, name="new_problem"),
    path("problems/<int:pk>/", problems.problem, name="problem"),
    path("problems/<int:pk>/<slug:code>/", problems.act, name="problem_act"),
]
