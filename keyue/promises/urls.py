"""Addresses of what can be done about a promise."""

from django.urls import URLPattern, path

from keyue.promises import views

app_name = "promises"
urlpatterns: list[URLPattern] = [
    path("promises/requests/<int:pk>/decide/", views.decide, name="decide"),
    path("promises/<int:pk>/take/", views.take, name="take"),
    path("promises/<int:pk>/give/", views.give, name="give"),
    path("promises/<int:pk>/put-back/", views.put_back, name="put_back"),
    path("promises/<int:pk>/undo/<uuid:fact>/", views.undo, name="undo"),
    path("promises/<int:pk>/request/", views.ask, name="request"),
]
