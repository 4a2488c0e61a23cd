"""Addresses of the customers room."""

from django.urls import URLPattern, path

from keyue.customers import views

app_name = "customers"
urlpatterns: list[URLPattern] = [
    path("customers/", views.customer_list, name="list"),
    path("customers/contacts/<int:contact_id>/reveal/<slug:field>/", views.reveal, name="reveal"),
    path("customers/<str:number>/", views.customer_page, name="page"),
    path("customers/<str:number>/erase/", views.erase, name="erase"),
]
