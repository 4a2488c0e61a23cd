"""`keyue user` and `keyue token`: what an operator does on the machine itself."""

from __future__ import annotations

import io
import sys
from datetime import timedelta

import pytest
from django.contrib.auth.hashers import check_password
from django.core.management import call_command

from keyue.config.cli import django_command
from keyue.kernel import clock
from keyue.kernel.errors import Invalid, NotFound, Refused
from keyue.ledger.models import Fact
from keyue.people import actions
from keyue.people.models import ApiToken, User
from tests.apps.api.conftest import Program
from tests.journeys.world import found

pytestmark = pytest.mark.django_db
PASSWORD = "Quiet-River-93"


@pytest.fixture(autouse=True)
def world(db):
    return found()


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out, stderr=io.StringIO())
    return out.getvalue()


def stdin(monkeypatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def test_an_account_with_a_password_from_standard_input(monkeypatch):
    stdin(monkeypatch, PASSWORD + "\n")
    said = run(
        "user", "create", "zhou", "--name", "周明", "--department", "service", "--role", "service_agent",
        "--email", "zhou@example.com", "--password-stdin",
    )  # fmt: skip
    user = User.objects.get(username="zhou")
    assert "周明" in said and PASSWORD not in said
    assert check_password(PASSWORD, user.password) and user.must_change_password
    assert user.department.code == "service" and user.grants.get().role == "service_agent"
    fact = Fact.objects.filter(kind="user.created").order_by("-pk").first()
    assert (fact.actor_kind, fact.actor_id) == ("system", "cli")


def test_a_generated_password_is_printed_once_and_works():
    said = run("user", "create", "zhou", "--name", "周明", "--generate", "--keep")
    password = said.rsplit("：", 1)[1].strip()
    user = User.objects.get(username="zhou")
    assert check_password(password, user.password) and not user.must_change_password
    assert password not in run("user", "list")


def test_a_bad_account_leaves_nothing_behind(monkeypatch):
    stdin(monkeypatch, PASSWORD + "\n")
    with pytest.raises(Refused):
        run(
            "user", "create", "zhou", "--name", "周明", "--role", "system_administrator", "--role", "audit_administrator",
            "--password-stdin",
        )  # fmt: skip
    assert not User.objects.filter(username="zhou").exists()
    with pytest.raises(Invalid, match="角色"):
        run("user", "create", "zhou", "--name", "周明", "--role", "king", "--generate")
    stdin(monkeypatch, "12345\n")
    with pytest.raises(Invalid) as caught:
        run("user", "create", "zhou", "--name", "周明", "--password-stdin")
    assert "password" in caught.value.fields
    with pytest.raises(Invalid, match="终端"):
        run("user", "create", "zhou", "--name", "周明")


def test_a_password_is_typed_twice_at_a_terminal(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Terminal())
    typed = iter(["one-thing", "another", PASSWORD, PASSWORD])
    monkeypatch.setattr("keyue.operations.terminal.getpass.getpass", lambda _prompt: next(typed))
    run("user", "passwd", "lin")
    assert check_password(PASSWORD, User.objects.get(username="lin").password)


def test_locked_out_and_let_in_again(world):
    at = clock.now()
    for _ in range(5):
        actions.record_failure(user=world.agent, what="password", policy=_policy(), by=actor(), at=at)
    assert "锁定至" in run("user", "list", "--state", "locked")
    run("user", "unlock", "lin")
    assert "lin" not in run("user", "list", "--state", "locked")


def test_who_leaves_hands_over_first():
    with pytest.raises(Invalid, match="还有未交接的工作") as caught:
        run("user", "deactivate", "lin")
    assert "客服坐席组" in str(caught.value)
    assert "已停用" in run("user", "deactivate", "lin", "--heir", "xu")
    assert "lin" in run("user", "list", "--state", "left") and "lin" not in run("user", "list")


def test_roles_come_and_go():
    assert "审计管理员" in run("user", "grant", "gu", "audit_administrator")
    assert "审计管理员" in run("user", "list")
    assert "指定部门" in run(
        "user",
        "grant",
        "wu",
        "inspector",
        "--scope",
        "chosen",
        "--department",
        "tech",
        "--department",
        "quality",
    )
    run("user", "revoke", "wu", "inspector")
    with pytest.raises(Refused):
        run("user", "revoke", "wu", "inspector")
    with pytest.raises(NotFound, match="nobody"):
        run("user", "grant", "nobody", "inspector")
    with pytest.raises(NotFound):
        run("user", "grant", "wu", "inspector", "--scope", "chosen", "--department", "moon")


def test_a_token_works_until_it_is_revoked():
    raw = run(
        "token", "issue", "lin", "--name", "erp", "--scope", "case.register,case.view", "--days", "30"
    ).strip()
    program = Program(raw)
    assert program.ok("GET", "/me")["permissions"] == ["case.register", "case.view"]
    token = ApiToken.objects.get()
    assert timedelta(days=29) < token.expires_at - clock.now() <= timedelta(days=30)
    listed = run("token", "list")
    assert (
        "erp" in listed and "case.register, case.view" in listed and raw not in listed and raw[:9] in listed
    )
    assert "没有令牌" in run("token", "list", "xu")
    run("token", "revoke", raw)
    program.refused(401, "GET", "/me")
    assert "没有令牌" in run("token", "list") and "已作废" in run("token", "list", "--all")
    with pytest.raises(Refused):
        run("token", "revoke", str(token.pk))


def test_tokens_that_cannot_be():
    with pytest.raises(Invalid, match=r"staff\.rule"):
        run("token", "issue", "lin", "--scope", "staff.rule")
    with pytest.raises(Invalid) as refused:
        run("token", "issue", "lin", "--scope", "staff.manage")
    assert "最长 90 天" in str(refused.value.fields["expires_at"])
    for days in ("0", "-1", "99999999999"):
        with pytest.raises(Invalid, match="--days"):
            run("token", "issue", "lin", "--days", days)
    for text in ("ky_", "99999", "nonsense", "9" * 30):
        with pytest.raises(NotFound):
            run("token", "revoke", text)
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["user"],
        ["user", "dance"],
        ["user", "create", "zhou"],
        ["user", "grant", "lin"],
        ["user", "passwd", "nobody", "--generate"],
        ["user", "create", "Zhou Ming", "--name", "周明", "--generate"],
        ["user", "grant", "lin", "king"],
        ["token", "issue", "nobody"],
        ["token", "issue", "lin", "--days", "soon"],
        ["token", "revoke", "7"],
    ],
    ids=" ".join,
)
def test_bad_input_is_one_sentence_and_exit_code_2(arguments, capsys):
    assert django_command(arguments) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"keyue {arguments[0]}: ") and "Traceback" not in said
    if "Zhou Ming" in arguments:
        assert "工号用小写字母" in said


def _policy():
    from keyue.people.selectors import security_policy

    return security_policy()


def actor():
    from keyue.ledger.facts import SYSTEM

    return SYSTEM
