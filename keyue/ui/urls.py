"""The page of all components, under /ui/."""

from django.urls import path

from keyue.ui import views

app_name = "ui"
urlpatterns = [
    path("", views.components, name="components"),
]
