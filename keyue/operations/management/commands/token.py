"""`keyue token`: keys to the API, for whoever has the machine."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from keyue.kernel import clock
from keyue.kernel.errors import Invalid
from keyue.operations import serving
from keyue.operations.terminal import CLI, local, person, table
from keyue.people import actions
from keyue.people import selectors as people
from keyue.people.actions.tokens import EVERY, GRANTABLE
from keyue.people.models import ApiToken

LONGEST_DAYS = 3650


class Command(BaseCommand):
    help = "API tokens: issue USERNAME, list, revoke ID. A token is printed once, and kept as a digest only."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
        issue = acts.add_parser("issue", help="a new token for somebody")
        issue.add_argument("username")
        issue.add_argument("--name", default="cli", help="what it is for")
        issue.add_argument(
            "--scope",
            action="append",
            default=[],
            metavar="PERMISSION",
            help="case.register and the like; repeat, or part by commas; everything its person may where absent",
        )
        issue.add_argument("--days", type=int, help="for how long it works; for good where absent")
        listing = acts.add_parser("list", help="tokens that work, and their last use")
        listing.add_argument("username", nargs="?", default="")
        listing.add_argument("--all", action="store_true", help="revoked and expired ones too")
        revoke = acts.add_parser("revoke", help="let a token work no more")
        revoke.add_argument(
            "token", metavar="ID", help="its number in the list, or the token itself or its beginning"
        )

    def handle(self, *args: Any, act: str, **options: Any) -> None:
        serving.prepare(migrate=True)
        acts: Mapping[str, Callable[[dict[str, Any], datetime], str]] = {
            "issue": self._issue,
            "list": self._list,
            "revoke": self._revoke,
        }
        self.stdout.write(acts[act](options, clock.now()))

    def _issue(self, options: dict[str, Any], at: datetime) -> str:
        user = person(options["username"])
        wanted = {part.strip() for scope in options["scope"] for part in scope.split(",") if part.strip()}
        unknown = sorted(wanted - EVERY)
        if unknown:
            known = _("、").join(sorted(EVERY))
            raise Invalid(
                _("令牌没有「%(scope)s」这项权限。可选：%(known)s") % {"scope": unknown[0], "known": known}
            )
        days = options["days"]
        if days is not None and not 1 <= days <= LONGEST_DAYS:
            raise Invalid(_("--days 后写 1 至 %(most)d 的整数。") % {"most": LONGEST_DAYS})
        _token, raw = actions.issue_token(
            user=user,
            name=options["name"],
            scopes=wanted or GRANTABLE,
            expires_at=at + timedelta(days=days) if days is not None else None,
            by=CLI,
            at=at,
        )
        self.stderr.write(_("已为 %(name)s 签发令牌，只显示这一次：") % {"name": user.name})
        return raw

    def _list(self, options: dict[str, Any], at: datetime) -> str:
        user = person(options["username"]) if options["username"] else None
        headings = (
            _("编号"),
            _("开头"),
            _("名称"),
            _("员工"),
            _("权限"),
            _("到期日"),
            _("最近使用"),
            _("状态"),
        )
        rows = [
            (
                str(token.pk),
                token.start,
                token.name,
                token.user.username,
                _("全部") if set(token.scopes) == GRANTABLE else ", ".join(token.scopes),
                local(token.expires_at),
                local(token.last_used_at),
                _state(token, at),
            )
            for token in people.every_token(user=user, at=None if options["all"] else at)
        ]
        return table(headings, rows, empty=_("没有令牌。"))

    def _revoke(self, options: dict[str, Any], at: datetime) -> str:
        token = people.find_token(options["token"])
        actions.revoke_token(token=token, by=CLI, at=at)
        return _("令牌「%(name)s」已作废。") % {"name": token.name}


def _state(token: ApiToken, at: datetime) -> str:
    if token.revoked_at:
        return _("已作废")
    if not token.user.is_active:
        return _("员工已离职")
    return _("已到期") if token.expires_at and token.expires_at <= at else _("有效")
