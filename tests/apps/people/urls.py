"""The people room, the rooms that its tabs lead to, and a first page to arrive at."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from keyue.people.guards import passive, staff_page


@staff_page()
def home(request: HttpRequest) -> HttpResponse:
    return HttpResponse("home")


@passive
@staff_page()
def live(request: HttpRequest) -> HttpResponse:
    return HttpResponse("live")


urlpatterns = [
    path("", include("keyue.people.urls")),
    path("", include("keyue.channels.urls")),
    path("", include("keyue.conversations.urls")),
    path("", include("keyue.knowledge.urls")),
    path("", home),
    path("live/", live),
    path("api/v1/x/", home),
    # only to be led to: its first page is another one here
    path("", include("keyue.workbench.urls")),
]
