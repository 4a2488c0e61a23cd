"""The address map: each room that has a `urls.py` brings its own addresses. What no view answers, `ui` does."""

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

from keyue.ui.views import favicon

# the API first: its addresses share one beginning, so that the others pass it by in one step
ROOMS = (
    "api",
    "people",
    "knowledge",
    "grading",
    # addresses below the customers' come before the number of a customer
    "sales",
    "customers",
    "privacy",
    "contracts",
    "cases",
    "sorting",
    "conversations",
    "regulations",
    "promises",
    "channels",
    "workbench",
    "operations",
)

urlpatterns: list[URLPattern | URLResolver] = [
    *(path("", include(f"keyue.{room}.urls")) for room in ROOMS if find_spec(f"keyue.{room}.urls")),
    path("regulations/", include("keyue.compliance.urls")),
    path("ui/", include("keyue.ui.urls")),
    path("favicon.ico", favicon, name="favicon"),
    path("clock/", include("keyue.operations.clock_urls")),
]

handler400 = "keyue.ui.problems.bad_request"
handler403 = "keyue.ui.problems.forbidden"
handler404 = "keyue.ui.problems.not_found"
handler500 = "keyue.ui.problems.server_error"
