"""Addresses of the contracts room."""

from django.urls import URLPattern, path

from keyue.contracts.views import contracts, projects

app_name = "contracts"
urlpatterns: list[URLPattern] = [
    path("contracts/", contracts.contract_list, name="contracts"),
    path("contracts/<int:pk>/", contracts.contract_page, name="contract"),
    path("contracts/<int:pk>/edit/", contracts.contract_edit, name="contract_edit"),
    path("contracts/<int:pk>/renew/", contracts.contract_renew, name="contract_renew"),
    path("contracts/<int:pk>/<slug:code>/", contracts.contract_act, name="contract_act"),
    path("contracts/<int:pk>/payments/<int:payment>/<slug:code>/", contracts.payment_act, name="payment_act"),
    path("customers/<str:number>/contracts/new/", contracts.contract_new, name="contract_new"),
    path("customers/<str:number>/projects/new/", projects.project_new, name="project_new"),
    path("projects/", projects.project_list, name="projects"),
    path("projects/<int:pk>/", projects.project_page, name="project"),
    path("projects/<int:pk>/edit/", projects.project_edit, name="project_edit"),
    path("projects/<int:pk>/<slug:code>/", projects.project_act, name="project_act"),
    path("projects/<int:pk>/stages/<int:stage>/<slug:code>/", projects.stage_act, name="stage_act"),
    path("projects/<int:pk>/opinions/<int:opinion>/case/", projects.opinion_case, name="opinion_case"),
]
