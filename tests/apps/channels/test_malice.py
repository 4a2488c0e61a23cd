"""Input that means harm, at every door: too large, too deep, packed, named to break a header, or pointing inside."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from keyue.cases.models import Case
from keyue.channels import fetching
from keyue.channels.reviews.importing import import_reviews
from keyue.channels.webhook import actions as hooks
from keyue.channels.webhook.actions.outlets import OutletPlan
from keyue.channels.webhook.doors import place_key
from keyue.channels.webhook.enums import OutletKind
from keyue.channels.webhook.facts import gather
from keyue.channels.webhook.models import Outlet, Push
from keyue.channels.webhook.signing import headers_for
from keyue.conversations.models import Conversation, Line
from keyue.kernel import clock
from keyue.kernel.errors import Invalid
from keyue.ledger.facts import SYSTEM
from keyue.ledger.models import OutboxItem
from tests.apps.channels.chat.conftest import At
from tests.apps.channels.conftest import form
from tests.apps.channels.fetching.test_fetching import Listener
from tests.apps.channels.fetching.test_fetching import listener as listener
from tests.apps.channels.vendors import SECRET, Desk, send_all
from tests.apps.channels.vendors import desk as desk
from tests.apps.channels.webhook.conftest import System
from tests.apps.channels.wechat.conftest import APP_ID, KEY, TOKEN
from tests.apps.channels.wecom.conftest import ACCOUNT, CORP, SECRETS
from tests.journeys.world import browser_of

pytestmark = pytest.mark.django_db
MEGABYTE = 1 << 20
DOORS = ("in", "phone", "sms", "wechat", "wecom", "wxkf", "weibo", "douyin")
DEEP = b"[" * 100_000
DEEP_OBJECT = b'{"a":' * 50_000 + b"1" + b"}" * 50_000


def address_of(desk: Desk, door: str) -> str:
    """The address at which programs knock, of a channel set up for it."""
    secrets = {"app_secret": SECRET, "token": TOKEN, "aes_key": KEY}
    if door == "wechat":
        return f"/hooks/wechat/{desk.channel('wechat', app_id=APP_ID, secrets=secrets).pk}/"
    if door in {"wecom", "wxkf"}:
        return f"/hooks/wecom/{desk.channel(door, secrets=SECRETS, corp_id=CORP, agent_id=1, open_kfid=ACCOUNT).pk}/"
    if door == "sms":
        channel = desk.channel(
            "sms", secrets={"secret": SECRET}, provider="http", url="https://sms.example.com/"
        )
        return f"/hooks/sms/{channel.pk}/{place_key(channel)}/"
    kind = {"in": "webhook"}.get(door, door)
    channel = desk.channel(kind, secrets={"secret": SECRET}, client_key="abc")
    return f"/hooks/{door}/{channel.pk}/"


def post(url: str, raw: bytes, **more: Any) -> Any:
    return Client().post(url, raw, content_type="application/json", **more)


# --- too large, too deep, not what it says ---


@pytest.mark.parametrize("door", DOORS)
def test_what_is_too_large_is_refused_unread_at_every_door(desk: Desk, door: str) -> None:
    url = address_of(desk, door)
    answer = post(url, b"x" * (3 * MEGABYTE))
    assert answer.status_code == 413
    assert "正文超过" in answer.json()["message"]
    # one that lies about its length: no number, below nothing, or far more than comes
    for length in ("many", "-1", "1e3", str(1 << 62), ""):
        lied = post(url, b"{}", CONTENT_LENGTH=length)
        assert lied.status_code in {400, 401, 403, 413, 422}, (length, lied.status_code)
    assert not Line.objects.exists()


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    "raw",
    [DEEP, DEEP_OBJECT, b"\xff\xfe\x00", b"\0" * 1000, b"<!DOCTYPE x [<!ENTITY a 'a'>]><xml>&a;</xml>", b"1" * 10_000,
     b'{"id": 1e400}', b'{"id": NaN}', b'{"a": "\\ud800"}'],
    ids=["deep list", "deep object", "no text", "zeros", "entities", "long number", "infinite", "nan", "half a sign"],
)  # fmt: skip
def test_nonsense_gets_an_answer_and_makes_nothing(desk: Desk, door: str, raw: bytes) -> None:
    answer = post(address_of(desk, door), raw)
    # the address of short messages vouches for who calls: what cannot be read there is kept
    assert answer.status_code in {400, 401, 403, 413, 422} or (door == "sms" and answer.status_code == 200)
    assert not Line.objects.exists()


@pytest.mark.parametrize(
    "raw", [DEEP, DEEP_OBJECT, b'{"id": "\\ud800", "sender": {"id": "x"}, "text": "\\udfff"}']
)
def test_nonsense_that_is_rightly_signed_gets_a_sentence(desk: Desk, raw: bytes) -> None:
    for kind, path in (("webhook", "in"), ("phone", "phone")):
        channel = desk.channel(kind)
        secret = hooks.make_channel_secret(channel=channel, by=SYSTEM, at=clock.now())
        answer = post(f"/hooks/{path}/{channel.pk}/", raw, headers=headers_for([secret], raw, clock.now()))
        assert answer.status_code in {200, 400, 422}, answer.content
        if answer.status_code != 200:
            assert answer.json()["message"]


@pytest.mark.parametrize("name", ["begin", "say", "typing", "read", "end"])
def test_windows_take_no_large_and_no_deep_bodies(desk: Desk, name: str) -> None:
    visitor = At(desk.channel("chat", hours="always"), "10.1.2.3")
    visitor.begin()
    url = f"/chat/{visitor.channel.pk}/{name}/"
    token = {"Authorization": f"Bearer {visitor.token}"}
    large = post(url, json.dumps({"rest": "x" * 70_000}).encode(), headers=token)
    assert large.status_code == 413 and large.json()["said"]
    for raw in (DEEP[:60_000], DEEP_OBJECT[:60_000], b"\xff", b"null", b"[]"):
        answer = post(url, raw, headers=token)
        assert answer.status_code < 500, (name, raw[:10])
    assert not Line.objects.exists()


@pytest.mark.parametrize(
    "url", ["/feedback/", "/embed/feedback/", "/feedback/progress/", "/rights/", "/rights/code/"]
)
def test_public_forms_take_no_endless_fields(desk: Desk, url: str) -> None:
    sent = form(
        content="长" * (2 * MEGABYTE), title="题" * MEGABYTE, number="x" * MEGABYTE, code="y" * MEGABYTE
    )
    answer = Client().post(url, sent)
    assert answer.status_code in {200, 400, 403, 413, 422, 429}
    assert Client().post(url, {f"field{n}": "x" for n in range(5_000)}).status_code in {
        200,
        400,
        403,
        413,
        422,
        429,
    }
    assert not Case.objects.exists()


# --- files ---


def bomb(inner: str = "x", megabytes: int = 210) -> bytes:
    """A few hundred kilobytes that unpack into more than anybody may keep."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open(inner, "w", force_zip64=True) as member,
    ):
        for _n in range(megabytes):
            member.write(ZEROS)
    return out.getvalue()


def nested() -> bytes:
    """A packed file in a packed file: what is inside is nobody's business, and is not unpacked."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("inner.zip", bomb(megabytes=5))
    return out.getvalue()


@pytest.fixture(scope="module")
def packed() -> dict[str, bytes]:
    return {"x.zip": bomb(), "x.docx": bomb("word/document.xml"), "x.xlsx": bomb("xl/workbook.xml", 610)}


ZEROS = b"\0" * MEGABYTE
SVG = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><script>alert(1)</script></svg>"


@pytest.mark.parametrize(
    "name", ["x.zip", "x.docx", "x.xlsx", "x.svg", "x.png", "x.svgz", "x.html", "x.png.svg"]
)
def test_bombs_and_pictures_that_run_are_refused_at_window_form_and_console(
    desk: Desk, packed: dict[str, bytes], name: str
) -> None:
    content = packed.get(name, SVG)
    visitor = At(desk.channel("chat", hours="always"), "10.1.2.3")
    refused = visitor.send("看", files=SimpleUploadedFile(name, content))
    assert refused.status_code == 422 and name in refused.json()["said"]
    answer = Client().post("/feedback/", form(uploads=SimpleUploadedFile(name, content)))
    assert answer.status_code == 422 and name in answer.content.decode()
    visitor.says("在吗")
    talk = Conversation.objects.get()
    said = {"body": "请看附件", "files": SimpleUploadedFile(name, content)}
    mistaken = browser_of(desk.agent).post(f"/conversations/{talk.pk}/say/", said)
    assert mistaken.status_code == 422
    page = mistaken.content.decode()
    assert name in page and "请看附件" in page
    assert Line.objects.count() == 1 and not Case.objects.exists()


def test_what_is_packed_in_what_is_packed_is_kept_and_not_opened(desk: Desk) -> None:
    visitor = At(desk.channel("chat", hours="always"), "10.1.2.3")
    line = visitor.says("看", files=SimpleUploadedFile("x.zip", nested()))
    assert [file.name for file in line.files.all()] == ["x.zip"]


def test_a_bomb_for_a_sheet_of_reviews_is_refused(desk: Desk, packed: dict[str, bytes]) -> None:
    with pytest.raises(Invalid) as error:
        import_reviews(desk.channel("review", bad=2), packed["x.xlsx"], by=SYSTEM, at=clock.now())
    assert str(error.value)
    assert not Line.objects.exists()


@pytest.mark.parametrize(
    "name",
    ["a\r\nSet-Cookie: x=1\r\n.txt", 'a"; filename="b.html', "../../etc/passwd.txt", "..\\..\\x.txt", "甲\u202etxt.exe.txt",
     "a\nb.txt", "x" * 500 + ".txt", "\u2028.txt", "a;b=c.txt"],
)  # fmt: skip
def test_no_name_of_a_file_adds_a_header_or_leaves_its_place(desk: Desk, name: str) -> None:
    visitor = At(desk.channel("chat", hours="always"), "10.1.2.3")
    sent = visitor.send("看", files=SimpleUploadedFile(name, b"plain text"))
    if sent.status_code == 422:
        assert sent.json()["said"]
        return
    line = Line.objects.get()
    file = line.files.get()
    assert len(file.name) <= 200 and "/" not in file.name and "\\" not in file.name
    answers = [browser_of(desk.agent).get(reverse("conversations:file", args=[file.pk]))]
    answers.append(Client().get(visitor.begin()["lines"][0]["files"][0]["url"]))
    for answer in answers:
        assert answer.status_code == 200 and "Set-Cookie" not in answer.headers
        disposition = answer["Content-Disposition"]
        assert disposition.startswith("attachment") and "\n" not in disposition and "\r" not in disposition
        assert disposition.count("filename") == 1


# --- where things are sent ---


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:{port}/x", "http://2130706433:{port}/x", "http://0x7f.1:{port}/x", "http://[::1]:{port}/x",
     "http://[::ffff:127.0.0.1]:{port}/x", "http://localhost:{port}/x", "http://169.254.169.254/x", "http://[fc00::1]/x",
     "https://10.0.0.1/x", "http://user:pass@example.com/x", "file:///etc/passwd", "gopher://127.0.0.1:{port}/_x"],
)  # fmt: skip
def test_no_address_inside_is_taken_for_pushes_robots_and_answers(
    desk: Desk, listener: Listener, address: str
) -> None:
    from keyue.channels.webhook.forms import HookForm

    named = address.format(port=listener.server_port)
    for kind in OutletKind:
        with pytest.raises(Invalid) as error:
            plan = OutletPlan("甲", named, wants=("conversation.opened",))
            hooks.open_outlet(kind=kind, plan=plan, by=SYSTEM, at=clock.now())
        assert "address" in error.value.fields
    hook = HookForm({"name": "甲", "answer_url": named})
    assert not hook.is_valid() and "answer_url" in hook.errors
    assert not Outlet.objects.exists() and listener.seen == []


def test_a_name_that_turned_inwards_after_it_was_set_up_gets_no_push(
    desk: Desk, listener: Listener, monkeypatch: Any
) -> None:
    """Rebinding: open when it was entered, private when it is used."""
    found = ["8.8.8.8"]
    monkeypatch.setattr(fetching, "resolve", lambda host, port: list(found))
    plan = OutletPlan(
        "甲", f"http://rebinding.example:{listener.server_port}/x", wants=("conversation.opened",)
    )
    outlet = hooks.open_outlet(kind=OutletKind.HOOK, plan=plan, by=SYSTEM, at=clock.now())
    hooks.make_secret(outlet=outlet, by=SYSTEM, at=clock.now())
    channel = desk.channel("webhook")
    secret = hooks.make_channel_secret(channel=channel, by=SYSTEM, at=clock.now())
    channel.refresh_from_db()
    for inside in (
        ["127.0.0.1"],
        ["8.8.8.8", "127.0.0.1"],
        ["::1"],
        ["::ffff:127.0.0.1"],
        ["169.254.169.254"],
    ):
        found[:] = inside
        System(channel, secret).says("在吗", id=f"m{inside}", sender=f"u{inside}")
        gather(clock.now())
        done = send_all()
        assert done.sent == 0 and listener.seen == []
    assert "在内网或是本机地址" in OutboxItem.objects.filter(last_error__gt="").latest("pk").last_error
    assert Push.objects.count() == 5


def test_an_answer_goes_to_no_address_inside(desk: Desk, listener: Listener) -> None:
    """Set up before the operator took the host from the list, or by the hand of somebody in the database."""
    channel = desk.channel("webhook", answer_url=f"{listener.url}/x")
    secret = hooks.make_channel_secret(channel=channel, by=SYSTEM, at=clock.now())
    channel.refresh_from_db()
    System(channel, secret).says("在吗")
    desk.answers(Conversation.objects.get(), "您好")
    assert send_all().sent == 0
    assert listener.seen == []
    assert "KEYUE_PRIVATE_HOSTS" in OutboxItem.objects.get().last_error
