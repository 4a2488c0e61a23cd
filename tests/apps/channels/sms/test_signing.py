"""The signatures against the examples that Aliyun and Tencent Cloud publish, and templates."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from keyue.channels.sms.providers import filled, national
from keyue.channels.sms.signing import aliyun_headers, canonical_query, sha256_of, tencent_authorization
from keyue.channels.sms.templates import Template, fitting, parsed


def test_aliyuns_example() -> None:
    """The fixed example of Aliyun's page on the structure and signature of V3 requests (RunInstances)."""
    headers = aliyun_headers(
        key_id="YourAccessKeyId",
        secret="YourAccessKeySecret",
        host="ecs.cn-shanghai.aliyuncs.com",
        action="RunInstances",
        version="2014-05-26",
        query={
            "RegionId": "cn-shanghai",
            "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd",
        },
        at=datetime(2023, 10, 26, 10, 22, 32, tzinfo=UTC),
        nonce="3156853299f313e23d1673dc12e1703d",
    )
    assert headers["authorization"] == (
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;"
        "x-acs-signature-nonce;x-acs-version,"
        "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )


# the signed part of the example of Tencent Cloud's page on signature v3 (DescribeInstances); the secret of both of its editions
PAYLOAD = rb'{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}'
STARS = "*" * 7


@pytest.mark.parametrize(
    ("end", "signature"),
    [
        (STARS, "2230eefd229f582d8b1b891af7107b91597240707d778ab3738f756258d7652c"),
        ("EXAMPLE", "72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168"),
    ],
)
def test_tencents_example(end: str, signature: str) -> None:
    assert sha256_of(PAYLOAD) == "35e9c5b0e3ae67532d3c9f17ead6c90222632e5b1ff7f6e89887f1398934f064"
    made = tencent_authorization(
        secret_id=f"AKIDz8krbsJ5yKBZQpn74WFkmLPx3{end}",
        secret=f"Gu5t9xGARNpq86cd98joQYCN3{end}",
        service="cvm",
        host="cvm.tencentcloudapi.com",
        content=PAYLOAD,
        at=datetime.fromtimestamp(1551113065, UTC),
    )
    assert made == (
        f"TC3-HMAC-SHA256 Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3{end}/2019-02-25/cvm/tc3_request, "
        f"SignedHeaders=content-type;host, Signature={signature}"
    )


def test_parameters_are_encoded_as_aliyun_wants_them() -> None:
    assert canonical_query({"b": "a b*~", "a": "好/"}) == "a=%E5%A5%BD%2F&b=a%20b%2A~"


def test_templates_are_read_and_filled() -> None:
    found, faults = parsed("SMS_1=您好，${name}。\n\nnonsense\nSMS 2=x\n  SMS_3 = 第{1}次，共{2}次  ")
    assert [one.code for one in found] == ["SMS_1", "SMS_3"]
    assert faults == [3, 4]
    one = fitting("您好，周先生。", found)
    assert one is not None and (one.template.code, one.values) == ("SMS_1", {"name": "周先生"})
    two = fitting("第3次，共5次", found)
    assert two is not None and two.values == {"1": "3", "2": "5"}
    assert fitting("随便写的", found) is None
    assert fitting("您好，。", found) is None
    assert fitting("您好，" + "字" * 61 + "。", found) is None
    # signs that mean something to patterns stand for themselves
    assert fitting("a.c", [Template("T", "a.c")]) is not None
    assert fitting("abc", [Template("T", "a.c")]) is None


def test_a_body_is_filled_once_and_escaped() -> None:
    values = {"phone": "+86138", "text": '他说"{phone}"\n', "id": "1"}
    assert filled('{"to": "{phone}", "t": "{text}"}', values, is_json=True).decode() == (
        '{"to": "+86138", "t": "他说\\"{phone}\\"\\n"}'
    )
    assert filled("to={phone}&t={text}", values, is_json=False) == (
        b"to=%2B86138&t=%E4%BB%96%E8%AF%B4%22%7Bphone%7D%22%0A"
    )


def test_numbers_as_aliyun_takes_them() -> None:
    assert national("+8613812346027") == "13812346027"
    assert national("+85261234567") == "85261234567"
