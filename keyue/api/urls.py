"""The address of the API."""

from django.urls import path

from keyue.api.assembly import api

urlpatterns = [path("api/v1/", api.urls)]
