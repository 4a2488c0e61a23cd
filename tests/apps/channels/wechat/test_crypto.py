"""The encryption against the examples that Tencent publishes, and what it refuses."""

from __future__ import annotations

import base64
import hashlib

import pytest

from keyue.channels.wechat import xml
from keyue.channels.wechat.crypto import Box, is_signed, key_of, signature
from keyue.kernel.errors import Denied, Invalid

# the example of the page on encryption of WeCom's developer centre (path/90968), the same in the libraries that Tencent hands out
EXAMPLE = Box("QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "wx5823bf96d3bd56c7")
MESSAGE = (
    "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvuJTs3TUUk"
    "SUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gsijff0ekU"
    "NXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUax5wLVMNS0+rU"
    "PA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIGHBZZIs2pDBS8R07+"
    "qN+E7Q=="
)
ECHO = "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ=="
# the unit test that Tencent ships with its Java library for official accounts: here the random bytes are given too
JAVA = Box("pamtest", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", "wxb11529c136998cb6")
JAVA_RANDOM = b"aaaabbbbccccdddd"
JAVA_TEXT = "我是中文abcd123"
JAVA_SEALED = "jn1L23DB+6ELqJ+6bruv21Y6MD7KeIfP82D6gU39rmkgczbWwt5+3bnyg5K55bgVtVzd832WzZGMhkP72vVOfg=="


def test_wecoms_example_of_a_message() -> None:
    EXAMPLE.check("477715d11cdb4164915debcba66cb864d751f3e6", "1409659813", "1372623149", MESSAGE)
    values = xml.read(EXAMPLE.decrypt(MESSAGE))
    assert values == {
        "ToUserName": "wx5823bf96d3bd56c7",
        "FromUserName": "mycreate",
        "CreateTime": "1409659813",
        "MsgType": "text",
        "Content": "hello",
        "MsgId": "4561255354251345929",
        "AgentID": "218",
    }


def test_wecoms_example_of_the_check_of_an_address() -> None:
    EXAMPLE.check("5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3", "1409659589", "263014780", ECHO)
    assert EXAMPLE.decrypt(ECHO) == b"1616140317555161061"


def test_wechats_example_comes_out_sign_by_sign() -> None:
    assert JAVA.encrypt(JAVA_TEXT.encode(), JAVA_RANDOM) == JAVA_SEALED
    assert JAVA.decrypt(JAVA_SEALED).decode() == JAVA_TEXT


def test_plain_mode_signs_the_sorted_parts() -> None:
    expected = hashlib.sha1(b"123456" + b"nonce" + b"token").hexdigest()
    assert signature("token", "123456", "nonce") == expected
    assert is_signed(expected, "nonce", "token", "123456")
    assert not is_signed(expected, "nonce", "other", "123456")
    assert not is_signed("签名", "nonce", "token", "123456")


@pytest.mark.parametrize("length", [0, 1, 11, 12, 13, 27, 28, 29, 31, 32, 33, 64, 5000])
def test_what_is_sealed_is_opened_at_every_length_of_padding(length: int) -> None:
    message = bytes(range(256)) * (length // 256 + 1)
    assert EXAMPLE.decrypt(EXAMPLE.encrypt(message[:length])) == message[:length]


def test_a_message_for_somebody_else_is_refused() -> None:
    other = Box(EXAMPLE.token, EXAMPLE.aes_key, "wxsomebodyelse")
    with pytest.raises(Denied, match="不是发给"):
        EXAMPLE.decrypt(other.encrypt(b"<xml/>"))


@pytest.mark.parametrize(
    "sealed",
    [
        "",
        "!!!",
        "QUJD",
        base64.b64encode(bytes(16)).decode(),
        base64.b64encode(bytes(64)).decode(),
        MESSAGE[:64],
        "密",
    ],
)
def test_what_is_no_sealed_message_is_refused(sealed: str) -> None:
    with pytest.raises(Denied):
        EXAMPLE.decrypt(sealed)


def test_every_changed_byte_is_noticed_by_the_signature() -> None:
    signed = EXAMPLE.sign("1", "2", MESSAGE)
    for place in range(0, len(MESSAGE), 37):
        changed = MESSAGE[:place] + ("A" if MESSAGE[place] != "A" else "B") + MESSAGE[place + 1 :]
        with pytest.raises(Denied):
            EXAMPLE.check(signed, "1", "2", changed)


@pytest.mark.parametrize("key", ["", "short", "a" * 44, "!" * 43, "中" * 43])
def test_a_key_that_is_none(key: str) -> None:
    with pytest.raises(Invalid):
        key_of(key)


# --- XML ---

BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><xml><Content>&c;</Content></xml>'
)
FILE = b'<!DOCTYPE xml [<!ENTITY x SYSTEM "file:///etc/passwd">]><xml><Content>&x;</Content></xml>'


@pytest.mark.parametrize(
    "raw",
    [
        BOMB,
        FILE,
        FILE.decode().encode("utf-16"),
        BOMB.replace(b"DOCTYPE", b"doctype"),
        b'<!DOCTYPE xml SYSTEM "http://127.0.0.1/x.dtd"><xml/>',
        b"",
        b"{}",
        b"<xml>",
        b"<xml><Content>&unknown;</Content></xml>",
        b"<a>" * 10_000,
        b"<xml>" + b"x" * 300_000 + b"</xml>",
        b"\xff\xfe\x00",
    ],
)  # fmt: skip
def test_xml_that_may_do_harm_is_refused(raw: bytes) -> None:
    with pytest.raises(Invalid):
        xml.read(raw)


def test_what_is_written_is_read_again() -> None:
    values = {
        "ToUserName": "a<b>&c",
        "Content": "引文 ]]> 与 <![CDATA[ 都在",
        "CreateTime": 12,
        "Odd": "\x00\x08\ufffe好",
    }
    assert xml.read(xml.write(values)) == {
        **values,
        "CreateTime": "12",
        "Odd": "好",
    }


def test_values_with_parts_and_several_of_one_name() -> None:
    raw = b"<xml><SendPicsInfo><Count>2</Count><item>a</item><item>b</item></SendPicsInfo><!-- x --><Empty/></xml>"
    assert xml.read(raw) == {"SendPicsInfo": {"Count": "2", "item": ["a", "b"]}, "Empty": ""}
