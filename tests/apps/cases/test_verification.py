"""What facts prove by is compared with what stands there: nobody changes a text or a file unseen."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from keyue.cases.actions.files import Upload, path_of
from keyue.cases.models import Attachment, Case, Message
from keyue.cases.verification import verify_files, verify_proofs
from keyue.customers import actions as customers
from keyue.kernel import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(desk, settings, home) -> Case:
    settings.MEDIA_ROOT = home / "files"
    case = desk.to_assigned(desk.complaint(uploads=[Upload("现场.txt", "浊度 0.1".encode())]))
    desk.act(desk.world.engineer, case, "file_plan", body="清洗膜组", steps="清洗,陈砚,明天")
    assert [*verify_proofs(), *verify_files()] == []
    return case


def said() -> str:
    return " ".join(str(loss) for loss in [*verify_proofs(), *verify_files()])


def test_a_changed_text_is_found(case, capsys):
    Message.objects.filter(body="清洗膜组").update(body="清洗膜组，客户同意延期")
    assert said().startswith(f"{case.number}：往来") and "文字与留证时的散列不符" in said()
    with pytest.raises(CommandError):
        call_command("verify", sample=10)
    assert "文字与留证时的散列不符" in capsys.readouterr().out


def test_a_text_that_is_gone_is_found(case):
    message = Message.objects.get(body="清洗膜组")
    message.delete()
    assert "不见了" in said()


def test_a_changed_or_missing_file_is_found_where_files_are_read(case, capsys):
    row = Attachment.objects.get()
    path_of(row.sha256).chmod(0o600)
    path_of(row.sha256).write_bytes(b"other")
    call_command("verify")
    with pytest.raises(CommandError):
        call_command("verify", files=True)
    assert "文件被改动过" in capsys.readouterr().out
    path_of(row.sha256).unlink()
    assert "文件不见了" in said()


def test_a_file_exchanged_in_the_database_is_found(case):
    Attachment.objects.update(sha256="0" * 64)
    assert "附件与留证时的散列不符" in said()


def test_what_was_erased_is_gone_by_right(case, desk):
    customers.erase(
        customer=case.customer,
        reason="requested",
        by=desk.world.actor(desk.world.supervisor),
        at=clock.now(),
    )
    assert said() == ""
