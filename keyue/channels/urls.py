"""Addresses of the channels: the public portal, and what each folder brings."""

from django.urls import URLPattern, path

from keyue.channels import folders
from keyue.channels.webform.views import form, progress, rights, settings

app_name = "channels"
urlpatterns: list[URLPattern] = [
    path("feedback/", form.feedback, name="feedback"),
    path("feedback/privacy/", form.privacy, name="privacy"),
    path("feedback/privacy/<str:version>/", form.privacy, name="privacy_version"),
    path("feedback/leave/", progress.leave, name="leave"),
    path("feedback/progress/", progress.lookup, name="lookup"),
    path("feedback/progress/<str:number>/", progress.progress, name="progress"),
    path("feedback/progress/<str:number>/files/<int:pk>/", progress.attachment, name="attachment"),
    path("feedback/progress/<str:number>/<slug:what>/", progress.act, name="act"),
    path("rights/", rights.rights, name="rights"),
    path("rights/code/", rights.code, name="rights_code"),
    path("rights/mine/", rights.mine, name="rights_mine"),
    path("rights/mine/<slug:what>/", rights.act, name="rights_act"),
    path("rights/status/", rights.status, name="rights_status"),
    path("rights/package/<str:token>/", rights.package, name="package"),
    path("settings/portal/", settings.portal, name="settings"),
    path("embed/feedback/", form.embedded, name="embedded"),
    path("embed/feedback.js", form.script, name="script"),
    *(pattern for patterns in folders.brought("urls", "urlpatterns") for pattern in patterns),
]
