"""Addresses of the grading room, under those of customers."""

from django.urls import URLPattern, path

from keyue.grading import views

app_name = "grading"
urlpatterns: list[URLPattern] = [
    path("customers/grading/standards/", views.standards, name="standards"),
    path("customers/grading/standards/new/", views.new_standard, name="new"),
    path("customers/grading/standards/check/", views.check_standard, name="check"),
    path("customers/grading/standards/<int:n>/", views.standard, name="standard"),
    path("customers/grading/standards/<int:n>/edit/", views.edit_standard, name="edit"),
    path("customers/grading/standards/<int:n>/runs/", views.runs, name="runs"),
    path("customers/grading/runs/", views.start_run, name="start_run"),
    path("customers/grading/runs/<int:pk>/", views.act_on_run, name="run"),
    path("customers/grading/proposals/", views.proposals, name="proposals"),
    path("customers/grading/proposals/decide/", views.decide_many, name="decide_many"),
    path("customers/grading/proposals/<int:pk>/", views.decide, name="decide"),
    path("customers/grading/proposals/<int:pk>/undo/", views.undo, name="undo"),
    path("customers/grading/of/<str:number>/", views.grounds, name="grounds"),
]
