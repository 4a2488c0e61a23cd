"""Addresses of the people room."""

from django.urls import URLPattern, path

from keyue.people.views import access, me, organisation, sign_in, staff

app_name = "people"
urlpatterns: list[URLPattern] = [
    path("login/", sign_in.sign_in, name="sign_in"),
    path("login/code/", sign_in.sign_in_code, name="sign_in_code"),
    path("logout/", sign_in.sign_out, name="sign_out"),
    # one's own account
    path("me/", me.me, name="me"),
    path("me/password/", me.password, name="password"),
    path("me/two-factor/", me.two_factor, name="two_factor"),
    path("me/two-factor/codes/", me.two_factor_change, {"what": "codes"}, name="two_factor_codes"),
    path("me/two-factor/remove/", me.two_factor_change, {"what": "remove"}, name="two_factor_remove"),
    path("me/sessions/end/", me.end_session, name="end_session"),
    path("me/tokens/", me.tokens, name="my_tokens"),
    path("me/tokens/<int:pk>/revoke/", me.revoke_token, name="revoke_token"),
    # staff
    path("settings/people/", staff.staff_list, name="staff"),
    path("settings/people/new/", staff.new, name="new_person"),
    path("settings/people/import/", staff.import_sheet, name="import"),
    path("settings/people/<int:pk>/", staff.detail, name="person"),
    path("settings/people/<int:pk>/leave/", staff.leave, name="leave"),
    path("settings/people/<int:pk>/return/", staff.come_back, name="come_back"),
    path("settings/people/<int:pk>/unlock/", staff.unlock, name="unlock"),
    path("settings/people/<int:pk>/password/", staff.reset_password, name="reset_password"),
    path("settings/people/<int:pk>/two-factor/remove/", staff.remove_code, name="remove_code"),
    path("settings/people/<int:pk>/sessions/end/", staff.end_sessions, name="end_sessions"),
    # organisation
    path("settings/people/departments/", organisation.departments, name="departments"),
    path("settings/people/departments/new/", organisation.new_department, name="new_department"),
    path("settings/people/departments/<slug:code>/", organisation.department, name="department"),
    path(
        "settings/people/departments/<slug:code>/close/",
        organisation.close_department,
        name="close_department",
    ),
    path("settings/people/posts/", organisation.posts, name="posts"),
    path("settings/people/posts/new/", organisation.new_post, name="new_post"),
    path("settings/people/posts/<slug:code>/", organisation.post, name="post"),
    path("settings/people/posts/<slug:code>/remove/", organisation.remove_post, name="remove_post"),
    # access
    path("settings/people/roles/", access.roles, name="roles"),
    path("settings/people/<int:pk>/roles/<slug:role>/revoke/", access.revoke_role, name="revoke_role"),
    path("settings/people/delegations/", access.delegations, name="delegations"),
    path("settings/people/delegations/<int:pk>/end/", access.end_delegation, name="end_delegation"),
    path("settings/people/tokens/", access.tokens, name="tokens"),
    path("settings/people/security/", access.security, name="security"),
]
