"""The address map: each room that has a `urls.py` brings its own addresses, `ui` under /ui/."""

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

ROOMS = ("people", "customers", "cases", "regulations", "promises", "channels", "workbench", "api", "operations")

urlpatterns: list[URLPattern | URLResolver] = [
    *(path("", include(f"keyue.{room}.urls")) for room in ROOMS if find_spec(f"keyue.{room}.urls")),
    path("regulations/", include("keyue.workbench.regulation_urls")),
    path("ui/", include("keyue.ui.urls")),
]
