"""Files that prove statements: proven as those of cases are, tidied as those of cases are; and how long a statement holds."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from keyue.cases.actions import files as attachments
from keyue.cases.actions.files import Upload
from keyue.compliance import statements
from keyue.compliance.actions import note_editions_in_force
from keyue.compliance.actions.attesting import attest
from keyue.compliance.enums import StatementState
from keyue.compliance.jobs import JOBS
from keyue.compliance.models import Statement, StatementFile
from keyue.compliance.statement_files import CONTENTS
from keyue.compliance.verification import verify_statement_files, verify_statements
from keyue.kernel import clock
from keyue.kernel.contents import TURN
from keyue.kernel.errors import Denied, Refused
from keyue.ledger.facts import SYSTEM
from keyue.regulations import actions
from tests.apps.compliance.test_attesting import TEXT, URL, WORDS
from tests.journeys.world import World, browser_of, found

pytestmark = pytest.mark.django_db
START = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)
DAY = timedelta(days=1)
PROOF = Upload("承诺书.txt", "已签".encode())
ROLLED = '{ type = "days", n = 1, basis = "calendar", roll = "previous_working_day" }'


def in_force(text: str) -> None:
    edition = actions.draft_edition(text=text, answers={}, by=SYSTEM, at=clock.now())
    actions.approve_edition(edition=edition, by=SYSTEM, at=clock.now())
    actions.publish_edition(edition=edition, effective_from=clock.now(), by=SYSTEM, at=clock.now())
    note_editions_in_force(now=clock.now())


@pytest.fixture
def world(db: None) -> Iterator[World]:
    with clock.telling(START):
        world = found(at=START - DAY)
        in_force(TEXT)
        yield world


def sign(world: World, *, at: datetime = START + DAY, words: str = WORDS, proof: Upload = PROOF) -> Statement:
    user = world.supervisor
    with clock.telling(at):
        return attest(
            regulation="secrecy",
            control="pledge",
            words=words,
            files=[proof],
            user=user,
            by=world.actor(user),
            at=at,
        )


def said() -> str:
    return " ".join(str(loss) for loss in [*verify_statements(), *verify_statement_files()])


# ── proving them ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_changed_or_missing_file_is_found_where_files_are_read(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    sign(world)
    assert said() == ""
    path = CONTENTS.path_of(sha256(PROOF.content).hexdigest())
    path.chmod(0o600)
    path.write_bytes(b"other")
    call_command("verify")
    with pytest.raises(CommandError):
        call_command("verify", files=True)
    out = capsys.readouterr().out
    assert "secrecy.pledge 2026-01-06：附件" in out and "文件被改动过" in out
    path.unlink()
    assert "文件不见了" in said()


def test_a_file_exchanged_in_the_database_is_found(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    sign(world)
    StatementFile.objects.update(sha256="0" * 64)
    assert said().startswith("secrecy.pledge 2026-01-06：声明的附件与留证时的散列不符")
    with pytest.raises(CommandError):
        call_command("verify", sample=10)
    assert "散列不符" in capsys.readouterr().out


def test_a_statement_that_is_gone_is_found(world: World) -> None:
    row = sign(world)
    StatementFile.objects.all().delete()
    row.delete()
    assert said() == f"secrecy.pledge：声明 {row.fact} 不见了"


# ── tidying them ──────────────────────────────────────────────────────────────────────────────────────────────


def dated(path: Path, at: datetime) -> Path:
    os.utime(path, (at.timestamp(), at.timestamp()))
    return path


def all_turns(now: datetime) -> int:
    [(every, tidy)] = [(every, job) for name, every, job in JOBS if name == "statements.tidy"]
    assert every == TURN.total_seconds()
    return sum(tidy(now + n * TURN) for n in range(256))


def test_what_a_refused_statement_left_goes_after_a_day(world: World) -> None:
    """The file stands on the disk before the statement that was rolled back."""
    sign(world)
    kept = CONTENTS.path_of(sha256(PROOF.content).hexdigest())
    other = Upload("另一份.txt", "另一份".encode())
    with pytest.raises(Refused):
        sign(world, at=START + 3 * DAY, words="别的话", proof=other)
    orphan = CONTENTS.path_of(sha256(other.content).hexdigest())
    CONTENTS.keep(orphan.name, other.content)
    now = START + 9 * DAY
    dated(kept, START + DAY)
    assert all_turns(START + 3 * DAY) == 0
    dated(orphan, START + 3 * DAY)
    half = orphan.with_name(f"{orphan.name}.9.new")
    half.write_bytes(b"ha")
    dated(half, START + 3 * DAY)
    assert all_turns(now) == 2
    assert kept.exists() and not orphan.exists() and not half.exists()
    assert said() == ""


def test_neither_drops_what_the_other_has(world: World) -> None:
    row = sign(world)
    [file] = row.files.all()
    attachments.keep(file.sha256, PROOF.content)
    for path in (CONTENTS.path_of(file.sha256), attachments.path_of(file.sha256)):
        dated(path, START)
    now = START + 9 * DAY
    assert all_turns(now) == 0
    assert sum(attachments.tidy(now + n * TURN) for n in range(256)) == 1
    assert CONTENTS.path_of(file.sha256).exists() and not attachments.path_of(file.sha256).exists()


def test_a_file_tidied_while_it_is_signed_again_stands_afterwards(
    world: World, django_capture_on_commit_callbacks
) -> None:
    path = CONTENTS.path_of(sha256(PROOF.content).hexdigest())
    CONTENTS.keep(path.name, PROOF.content)
    with django_capture_on_commit_callbacks(execute=True):
        sign(world)
        path.unlink()
    assert path.read_bytes() == PROOF.content


# ── how long one holds ────────────────────────────────────────────────────────────────────────────────────────


def test_the_last_day_is_the_one_that_ends_at_midnight(world: World) -> None:
    sign(world)
    _reading, control = statements.asked_for("secrecy", "pledge", at=START)
    last = datetime(2026, 2, 6, 15, 59, tzinfo=UTC)
    [row] = statements.rows_for("secrecy", control, at=last)
    assert (str(row.last_day), row.state) == ("2026-02-06", StatementState.HOLDS)

    def page(at: datetime) -> str:
        with clock.telling(at):
            return browser_of(world.supervisor).get(URL).content.decode()

    assert "2月6日" in page(last - 7 * DAY) and "2月7日" not in page(last - 7 * DAY)
    assert "现在没有有效的声明" not in page(last)
    over = page(last + timedelta(minutes=2))
    assert "已过期" in over and "现在没有有效的声明" in over
    sign(world, at=last + DAY)
    assert "现在没有有效的声明" not in page(last + DAY)


def test_a_statement_holds_its_own_day_at_least(world: World) -> None:
    """A day that rolls back to a working day lies before a statement that was made on a Saturday."""
    text = TEXT.replace('every     = "P1M"', f"every     = {ROLLED}", 1)
    assert text != TEXT
    monday, saturday = START + 7 * DAY, START + 12 * DAY
    with clock.telling(monday):
        in_force(text)
    row = sign(world, at=saturday)
    with clock.telling(saturday):
        _reading, control = statements.asked_for("secrecy", "pledge", at=saturday)
        [shown] = statements.rows_for("secrecy", control, at=saturday)
    assert shown.statement == row and shown.state is StatementState.HOLDS
    assert str(shown.last_day) == "2026-01-17"


def test_who_may_not_sign_leaves_no_file(world: World) -> None:
    with pytest.raises(Denied):
        attest(
            regulation="secrecy",
            control="pledge",
            words=WORDS,
            files=[PROOF],
            user=world.stranger,
            by=world.actor(world.stranger),
            at=START,
        )
    assert not CONTENTS.path_of(sha256(PROOF.content).hexdigest()).exists()
