"""Addresses of mailboxes: the mails as they came."""

from django.urls import URLPattern, path

from keyue.channels.email import views

urlpatterns: list[URLPattern] = [
    path("mailboxes/<int:pk>/", views.mailbox, name="mailbox"),
    path("mails/<int:pk>/", views.mail, name="mail"),
    path("mails/<int:pk>/shown/", views.shown, name="mail_shown"),
    path("mails/<int:pk>/raw/", views.raw, name="mail_raw"),
    path("mails/<int:pk>/files/<int:place>/", views.attachment, name="mail_file"),
    path("mails/<int:pk>/reread/", views.reread, name="mail_reread"),
    path("mails/<int:pk>/looked/", views.looked, name="mail_looked"),
]
