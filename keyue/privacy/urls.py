"""Addresses of the privacy room."""

from django.urls import URLPattern, path

from keyue.privacy.views import consents, outward, requests, retention

app_name = "privacy"
urlpatterns: list[URLPattern] = [
    path("privacy/", requests.requests, name="requests"),
    path("privacy/requests/<int:pk>/", requests.request_page, name="request"),
    path("privacy/requests/<int:pk>/<slug:what>/", requests.act, name="act"),
    path("privacy/consents/", consents.purposes, name="purposes"),
    path("privacy/consents/<int:pk>/<slug:what>/", consents.consent_act, name="consent_act"),
    path("privacy/purposes/<slug:code>/", consents.purpose, name="purpose"),
    path("privacy/purposes/<slug:code>/retire/", consents.retire, name="retire"),
    path("privacy/customers/<str:number>/", consents.customer, name="customer"),
    path("privacy/customers/<str:number>/requests/", requests.new_request, name="new_request"),
    path("privacy/customers/<str:number>/hold/", consents.place_hold, name="place_hold"),
    path("privacy/customers/<str:number>/restrict/", consents.restrict, name="restrict"),
    path("privacy/customers/<str:number>/end-purpose/", consents.end_purpose, name="end_purpose"),
    path("privacy/customers/<str:number>/provide/", outward.provide, name="provide"),
    path("privacy/customers/<str:number>/disclose/", outward.disclose, name="disclose"),
    path("privacy/disclosures/<int:pk>/remedy/", outward.remedy, name="remedy"),
    path("privacy/holds/<int:pk>/release/", consents.release_hold, name="release_hold"),
    path("privacy/proofs/<int:pk>/", consents.proof, name="proof"),
    path("privacy/retention/", retention.retention, name="retention"),
    path("privacy/retention/rules/<int:pk>/end/", retention.end_rule, name="end_rule"),
    path("privacy/retention/<int:pk>/", retention.decide, name="decide"),
]
