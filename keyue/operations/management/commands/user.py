"""`keyue user`: accounts, passwords and roles, for whoever has the machine."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from keyue.kernel import clock
from keyue.kernel.errors import Invalid
from keyue.operations import serving
from keyue.operations.terminal import CLI, local, password_from, person, table
from keyue.people import actions, leaving
from keyue.people import selectors as people
from keyue.people.enums import Scope
from keyue.people.models import User
from keyue.people.roles import ADMINISTRATORS, ROLES

STATES = ("active", "left", "locked", "all")


class Command(BaseCommand):
    help = "Accounts: list, create, passwd, unlock, deactivate, grant, revoke. Passwords are asked for, never arguments."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
        listing = acts.add_parser("list", help="who has an account, with roles and posts")
        listing.add_argument("--state", choices=STATES, default="active")
        create = acts.add_parser("create", help="open an account")
        create.add_argument("username")
        create.add_argument("--name", required=True)
        for field in ("email", "phone", "title"):
            create.add_argument(f"--{field}", default="")
        create.add_argument("--department", default="", metavar="CODE")
        create.add_argument("--role", action="append", default=[], metavar="ROLE", help="repeat for several")
        create.add_argument(
            "--joined", action="store_true", help="system and security administrator in one person"
        )
        self._password_options(create)
        passwd = acts.add_parser("passwd", help="set a password; it also unlocks")
        passwd.add_argument("username")
        self._password_options(passwd)
        acts.add_parser("unlock", help="let somebody locked out try again").add_argument("username")
        leave = acts.add_parser("deactivate", help="close the account of somebody who leaves")
        leave.add_argument("username")
        leave.add_argument("--heir", metavar="USERNAME", help="who takes over what is still with them")
        for act, words in (("grant", "give a role"), ("revoke", "take a role back")):
            some = acts.add_parser(act, help=words)
            some.add_argument("username")
            some.add_argument("role", metavar="ROLE", help=", ".join(ROLES))
        grant = acts.choices["grant"]
        grant.add_argument(
            "--scope", choices=Scope.values, help="how far it lets them see; the role's own where absent"
        )
        grant.add_argument(
            "--department", action="append", default=[], metavar="CODE", help="with --scope chosen"
        )
        grant.add_argument(
            "--joined", action="store_true", help="system and security administrator in one person"
        )

    def _password_options(self, parser: ArgumentParser) -> None:
        ways = parser.add_mutually_exclusive_group()
        ways.add_argument(
            "--password-stdin", action="store_true", help="read the password from standard input"
        )
        ways.add_argument("--generate", action="store_true", help="make one up and print it, this once")
        parser.add_argument(
            "--keep", action="store_true", help="the password need not be changed at the next sign-in"
        )

    def handle(self, *args: Any, act: str, **options: Any) -> None:
        serving.prepare(migrate=True)
        acts: Mapping[str, Callable[[dict[str, Any], datetime], str]] = {
            "list": self._list,
            "create": self._create,
            "passwd": self._passwd,
            "unlock": self._unlock,
            "deactivate": self._deactivate,
            "grant": self._grant,
            "revoke": self._revoke,
        }
        self.stdout.write(acts[act](options, clock.now()))

    def _list(self, options: dict[str, Any], at: datetime) -> str:
        headings = (
            _("工号"),
            _("姓名"),
            _("部门"),
            pgettext("列表", "角色"),
            pgettext("列表", "岗位"),
            _("状态"),
            _("上次登录"),
        )
        rows = [
            (
                user.username,
                user.name,
                user.department.name if user.department else "—",
                _("、").join(str(ROLES[g.role].display_name) for g in user.grants.all() if g.role in ROLES)
                or "—",
                _("、").join(post.name for post in user.posts.all()) or "—",
                _state(user, at),
                local(user.last_sign_in_at),
            )
            for user in people.every_account(state=options["state"], at=at)
        ]
        return table(headings, rows, empty=_("还没有这样的账号。"))

    def _create(self, options: dict[str, Any], at: datetime) -> str:
        unknown = [role for role in options["role"] if role not in ROLES]
        if unknown:
            raise Invalid(_unknown_role(unknown[0]))
        department = people.find_department(options["department"]) if options["department"] else None
        password, generated = self._password(options)
        with transaction.atomic():
            user = actions.create_staff(
                username=options["username"],
                name=options["name"],
                email=options["email"],
                phone=options["phone"],
                title=options["title"],
                department=department,
                password=password,
                must_change_password=not options["keep"],
                for_administrator=bool(ADMINISTRATORS & set(options["role"])),
                by=CLI,
                at=at,
            )
            for role in options["role"]:
                actions.grant_role(user=user, role=role, joined=options["joined"], by=CLI, at=at)
        said = _("已建立账号 %(name)s（%(username)s）。") % {"name": user.name, "username": user.username}
        return said + _shown_once(generated)

    def _passwd(self, options: dict[str, Any], at: datetime) -> str:
        user = person(options["username"])
        password, generated = self._password(options)
        actions.set_password(user=user, password=password, must_change=not options["keep"], by=CLI, at=at)
        return _("已设置 %(name)s 的密码。") % {"name": user.name} + _shown_once(generated)

    def _password(self, options: dict[str, Any]) -> tuple[str, str]:
        """The password, and once more if it is to be printed."""
        if options["generate"]:
            made = actions.random_password()
            return made, made
        return password_from(stdin=options["password_stdin"]), ""

    def _unlock(self, options: dict[str, Any], at: datetime) -> str:
        user = person(options["username"])
        actions.unlock(user=user, by=CLI, at=at)
        return _("%(name)s 可以再次登录。") % {"name": user.name}

    def _deactivate(self, options: dict[str, Any], at: datetime) -> str:
        user = person(options["username"])
        heir = person(options["heir"]) if options["heir"] else None
        try:
            actions.deactivate(user=user, heir=heir, by=CLI, at=at)
        except leaving.StillOpen as error:
            left = "\n".join(f"  · {part.sentence}" for part in error.remainders)
            raise Invalid(f"{error}\n{left}") from error
        return _("%(name)s 的账号已停用。") % {"name": user.name}

    def _grant(self, options: dict[str, Any], at: datetime) -> str:
        user, role = person(options["username"]), options["role"]
        if role not in ROLES:
            raise Invalid(_unknown_role(role))
        grant = actions.grant_role(
            user=user,
            role=role,
            scope=options["scope"],
            departments=[people.find_department(code) for code in options["department"]],
            joined=options["joined"],
            by=CLI,
            at=at,
        )
        return _("%(name)s 已是%(role)s，数据范围：%(scope)s。") % {
            "name": user.name,
            "role": ROLES[role].display_name,
            "scope": Scope(grant.scope).label,
        }

    def _revoke(self, options: dict[str, Any], at: datetime) -> str:
        user, role = person(options["username"]), options["role"]
        if role not in ROLES:
            raise Invalid(_unknown_role(role))
        actions.revoke_role(user=user, role=role, by=CLI, at=at)
        return _("%(name)s 不再是%(role)s。") % {"name": user.name, "role": ROLES[role].display_name}


def _state(user: User, at: datetime) -> str:
    if not user.is_active:
        return _("已离职")
    return _("锁定至 %(time)s") % {"time": local(user.locked_until)} if user.is_locked(at) else _("在职")


def _unknown_role(role: str) -> str:
    known = _("、").join(
        _("%(code)s（%(name)s）") % {"code": code, "name": kind.display_name} for code, kind in ROLES.items()
    )
    return _("没有「%(role)s」这个角色。可选：%(known)s") % {"role": role, "known": known}


def _shown_once(password: str) -> str:
    return "\n" + _("密码（只显示这一次）：%(password)s") % {"password": password} if password else ""
