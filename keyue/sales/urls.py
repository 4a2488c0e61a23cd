"""Addresses of the sales room: below the customers', but for the page behind a plan's link."""

from django.urls import URLPattern, path

from keyue.sales.views import board, funnel, leads, needs, pool

app_name = "sales"
urlpatterns: list[URLPattern] = [
    path("customers/leads/", leads.lead_list, name="leads"),
    path("customers/leads/new/", leads.lead_new, name="lead_new"),
    path("customers/leads/<str:number>/", leads.lead_page, name="lead"),
    path("customers/leads/<str:number>/reveal/<slug:field>/", leads.lead_reveal, name="lead_reveal"),
    path("customers/leads/<str:number>/<slug:code>/", leads.lead_act, name="lead_act"),
    path("customers/pool/", pool.pool, name="pool"),
    path("customers/pool/rules/", pool.rules, name="rules"),
    path("customers/pool/<int:pk>/pick/", pool.pick, name="pick"),
    path("customers/pool/<int:pk>/back/", pool.put_back, name="put_back"),
    path("customers/funnel/", funnel.funnel_page, name="funnel"),
    path("customers/funnel/file/", funnel.funnel_file, name="funnel_file"),
    path("customers/funnel/target/", funnel.target, name="target"),
    path("customers/opportunities/", board.opportunity_board, name="board"),
    path("customers/opportunities/list/", board.opportunity_list, name="opportunities"),
    path("customers/opportunities/<str:number>/", board.opportunity, name="opportunity"),
    path("customers/opportunities/<str:number>/move/<slug:stage>/<int:revision>/", board.move, name="move"),
    path(
        "customers/opportunities/<str:number>/unmove/<slug:stage>/<int:revision>/",
        board.unmove,
        name="unmove",
    ),
    path("customers/opportunities/<str:number>/<slug:code>/", board.opportunity_act, name="opportunity_act"),
    path("customers/needs/<int:pk>/<slug:code>/", needs.need_act, name="need_act"),
    path("customers/plans/<int:pk>/", needs.plan, name="plan"),
    path("customers/plans/<int:pk>/<slug:code>/", needs.plan_act, name="plan_act"),
    path("customers/<str:number>/release/", pool.release, name="release"),
    path("customers/<str:number>/needs/new/", needs.need_new, name="need_new"),
    path("customers/<str:number>/opportunities/new/", board.opportunity_new, name="opportunity_new"),
    path("plan/<str:token>/", needs.plan_link, name="plan_link"),
]
