"""The ground the tests stand on holds: their own home, loopback only, copies of the database, real mail."""

from __future__ import annotations

import os
import socket
import threading
from pathlib import Path

import pytest

from tests.support.databases import FreshDatabase
from tests.support.environment import asks_only_for_rules
from tests.support.mailbox import Mailbox
from tests.support.server import environment_for


def test_each_test_has_a_home_of_its_own(home, settings):
    assert settings.KEYUE_HOME == home == Path(os.environ["KEYUE_HOME"])
    assert home.is_relative_to(settings.MEDIA_ROOT.parent)
    assert (home / "keys").is_dir()


def test_each_worker_reads_the_settings_of_its_own_home(settings):
    home_of_process = Path(settings.STATIC_ROOT).parent
    assert (home_of_process / "keys").samefile(Path(os.environ["KEYUE_HOME"]) / "keys")


def test_no_setting_of_the_caller_gets_through(monkeypatch):
    monkeypatch.setenv("KEYUE_SMTP_HOST", "mail.example.com")
    assert "KEYUE_SMTP_HOST" not in environment_for(Path("x"))
    assert environment_for(Path("x"), {"KEYUE_SMTP_HOST": "127.0.0.1"})["KEYUE_SMTP_HOST"] == "127.0.0.1"


def test_sockets_reach_loopback_only():
    from pytest_socket import SocketConnectBlockedError

    with socket.socket() as probe, pytest.warns(UserWarning), pytest.raises(SocketConnectBlockedError):
        probe.connect(("192.0.2.1", 80))


def test_passwords_are_hashed_quickly(settings):
    from django.contrib.auth.hashers import make_password

    assert make_password("x").startswith("md5$")


def test_a_fresh_database_commits_for_all_threads_and_is_thrown_away(fresh_database: FreshDatabase):
    from django.contrib.contenttypes.models import ContentType
    from django.db import connection, connections

    # nothing is inside a transaction of the test's
    assert not connection.in_atomic_block
    before = ContentType.objects.count()
    ContentType.objects.create(app_label="tests", model="fresh")
    seen: list[int] = []

    def look() -> None:
        seen.append(ContentType.objects.count())
        connections.close_all()

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [before + 1]


@pytest.mark.django_db
def test_what_a_fresh_database_held_is_gone():
    from django.contrib.contenttypes.models import ContentType

    assert not ContentType.objects.filter(app_label="tests").exists()


def test_another_process_works_on_the_fresh_database(fresh_database: FreshDatabase, home):
    import subprocess
    import sys

    from django.contrib.contenttypes.models import ContentType

    code = (
        "import django; django.setup()\n"
        "from django.contrib.contenttypes.models import ContentType\n"
        "ContentType.objects.create(app_label='tests', model='elsewhere')\n"
    )
    env = {
        **environment_for(home, fresh_database.environment),
        "DJANGO_SETTINGS_MODULE": "keyue.config.settings",
    }
    subprocess.run([sys.executable, "-c", code], env=env, check=True, timeout=60)
    assert ContentType.objects.filter(app_label="tests", model="elsewhere").exists()


def test_mail_goes_over_the_wire(mailbox: Mailbox):
    from django.core.mail import send_mail

    send_mail("您的反馈已受理", "编号 142", "keyue@example.com", ["wang@example.com"])
    (letter,) = mailbox.wait_for(1)
    assert letter.subject == "您的反馈已受理"
    assert letter.text.strip() == "编号 142"
    assert mailbox.to("wang@example.com") == [letter]


def test_the_pure_mode_is_chosen_by_what_is_asked_for():
    assert asks_only_for_rules(["-x", "tests/rules"])
    assert not asks_only_for_rules(["tests/rules", "tests/apps"])
    assert not asks_only_for_rules([])
