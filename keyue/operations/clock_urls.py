"""The address that moves the test clock; there is nothing behind it outside test mode."""

from django.urls import URLPattern, path

from keyue.operations import clock_views as views

app_name = "clock"
urlpatterns: list[URLPattern] = [path("", views.move, name="move")]
