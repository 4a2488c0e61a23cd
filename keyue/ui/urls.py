from django.urls import path

from keyue.ui import views

app_name = "ui"
urlpatterns = [
    path("", views.components, name="components"),
]
