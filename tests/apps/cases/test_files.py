"""What a killed process leaves on the disk is deleted; what a row still names is not."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from django.conf import settings

from keyue.cases.actions import files
from keyue.cases.models import Attachment, ImportRun, Message
from keyue.kernel import clock
from keyue.kernel.contents import TURN
from tests.apps.cases.conftest import Desk

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def kept(content: bytes, *, at: datetime) -> Path:
    """Content on the disk as it was left at that instant."""
    digest = sha256(content).hexdigest()
    files.keep(digest, content)
    return dated(files.path_of(digest), at)


def dated(path: Path, at: datetime) -> Path:
    os.utime(path, (at.timestamp(), at.timestamp()))
    return path


def all_turns(now: datetime) -> int:
    return sum(files.tidy(now + n * TURN) for n in range(256))


def test_what_nobody_needs_goes_after_a_day(home: Path, desk: Desk) -> None:
    now = clock.now()
    long_ago = now - 3 * DAY
    lost, young = kept(b"lost", at=long_ago), kept(b"young", at=now)
    named, sheet = kept(b"named", at=long_ago), kept(b"sheet", at=long_ago)
    message = Message.objects.filter(case=desk.complaint()).get()
    Attachment.objects.create(
        message=message, name="a.txt", content_type="text/plain", size=5, sha256=named.name
    )
    ImportRun.objects.create(
        file_name="a.csv", sha256=sheet.name, size=5, form="csv", total=0, created_at=now, actor_kind="staff"
    )
    root = Path(settings.MEDIA_ROOT)
    halves = [root / "3f.new", named.with_name(f"{named.name}.9.new"), named.with_name(f"{named.name}.gone")]
    for half in halves:
        half.write_bytes(b"ha")
        dated(half, long_ago)
    assert all_turns(now) == 4
    assert not lost.exists() and not any(half.exists() for half in halves)
    assert young.exists() and named.exists() and sheet.exists()


def test_an_erasure_leaves_the_sheet_of_the_same_content(home: Path) -> None:
    sheet = kept(b"sheet", at=clock.now())
    ImportRun.objects.create(
        file_name="a.csv",
        sha256=sheet.name,
        size=5,
        form="csv",
        total=0,
        created_at=clock.now(),
        actor_kind="staff",
    )
    files.drop(sheet.name)
    assert sheet.exists()
