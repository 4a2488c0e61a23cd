"""The addresses of the ui room alone, with pages that go wrong in every expected way."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import include, path

from keyue.kernel import errors

handler400 = "keyue.ui.problems.bad_request"
handler403 = "keyue.ui.problems.forbidden"
handler404 = "keyue.ui.problems.not_found"
handler500 = "keyue.ui.problems.server_error"


def fail(request: HttpRequest, how: str) -> HttpResponse:
    raise {
        "denied": errors.Denied("请顾清和把您加为协办"),
        "refused": errors.Refused("这条约定已经停表"),
        "invalid": errors.Invalid("有一处要改", fields={"phone": "手机号应为 11 位"}),
        "many": errors.TooMany("一分钟后再试", retry_after=42),
        "missing": Http404("nothing"),
        "crash": RuntimeError("a defect"),
    }[how]


urlpatterns = [
    path("ui/", include("keyue.ui.urls")),
    path("fail/<str:how>/", fail),
]
