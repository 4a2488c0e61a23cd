"""Addresses of the regulations, as coverage reports."""

from django.urls import URLPattern, path

from keyue.compliance import acts as acts
from keyue.compliance import views as views

app_name = "regulations"
urlpatterns: list[URLPattern] = [
    path("", views.regulation_list, name="list"),
    # names that are no regulation and no number of a clause
    path("adopt/", acts.adopt, name="adopt"),
    path("<slug:regulation>/answers/", acts.answers, name="answers"),
    path("<slug:regulation>/", views.regulation_page, name="page"),
    path("<slug:regulation>/<str:number>/", views.regulation_page, name="clause"),
    path("<slug:regulation>/<str:number>/evidence/", views.evidence, name="evidence"),
]
