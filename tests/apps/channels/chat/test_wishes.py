"""In whichever words somebody asks for a person; and the words that only sound like it."""

from __future__ import annotations

from pathlib import Path

import pytest

from keyue.channels.chat.setup import colour_of, luminance, setup_of, sites_of
from keyue.channels.chat.wishes import asks_for_person
from keyue.kernel.errors import Invalid

WISHES = (
    "转人工|人工|人工客服|我要人工|没有解决，转人工|轉人工|转 人 工|找人工|要真人|有人吗|有真人吗|叫个活人来|不要机器人|"
    "接人工客服|人工服务|能不能帮我转接人工|给我转个客服|我想和人聊|找客服|换个人来|zhuan rengong|human|"
    "I want to talk to a human|real person please|can I speak with an agent|转接客服|人工！！|快转人工啊|机器人听不懂|"
    "联系客服|呼叫人工坐席|转人工客服谢谢|请转人工|人工在吗|想跟真人沟通|怎么转人工|别用机器人回我|need live agent|客服人工"
).split("|")
NONE = (
    "人工费怎么算|人工智能净水器多少钱|你好|滤芯多久换|不用转人工|不需要人工了谢谢|机器人多少钱一台|扫地机器人不工作|"
    "人工湖水处理|你们客服电话多少|我要退货|安装人工成本|我想找客服电话|不要人工，我自己看|帮我看看订单|换个滤芯|人多吗|"
    "有人上门安装吗|want a refund|personal account|agent pricing list for dealers|谁来安装||" + "转人工" * 100
).split("|")


DATA = Path(__file__).parent / "data"


def batch(name: str) -> list[tuple[str, bool]]:
    """Wordings, and whether each wants a person."""
    rows = [
        line.partition("|")
        for line in (DATA / name).read_text(encoding="utf-8").splitlines()
        if line[0] != "#"
    ]
    return [(text.strip(), said.strip() == "yes") for said, _bar, text in rows]


@pytest.mark.parametrize("name", ["wants_person.txt", "wants_person_second.txt"])
def test_wordings_that_were_written_before_the_rule_knew_them(name: str) -> None:
    """Dialects, slips of the pen, pinyin, English, anger; and what only looks like it."""
    rows = batch(name)
    assert sum(wants for _text, wants in rows) >= 40 and sum(not wants for _text, wants in rows) >= 40
    assert [text for text, wants in rows if asks_for_person(text) != wants] == []


@pytest.mark.parametrize("text", WISHES)
def test_a_person_is_asked_for(text: str) -> None:
    assert asks_for_person(text)


@pytest.mark.parametrize("text", NONE)
def test_nobody_is_asked_for(text: str) -> None:
    assert not asks_for_person(text)


def test_a_long_text_takes_no_time() -> None:
    assert not asks_for_person("转" * 200)
    assert not asks_for_person("talk " * 40)


def test_the_ink_is_read_on_every_colour() -> None:
    for colour in ("#ffffff", "#000000", "#145c9e", "#ffcc00", "#777777", "#767676", "#00ff00"):
        ink = luminance(setup_of({"colour": colour}).ink)
        paper = luminance(colour)
        assert (max(ink, paper) + 0.05) / (min(ink, paper) + 0.05) >= 4.5, colour
    assert setup_of({"colour": "red;} body{"}).colour == "#145c9e"


@pytest.mark.parametrize("text", ["blue", "#12345", "#12345g", "#145c9e;x"])
def test_what_is_no_colour_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        colour_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "example.com",
        "javascript:alert(1)",
        "https://a.example; script-src *",
        "https://é.example",
        "https://",
    ],
)
def test_what_is_no_site_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        sites_of(text)


def test_sites_are_origins() -> None:
    assert sites_of("https://www.example.com/page?x=1\nHTTP://shop.example.com:8080") == [
        "https://www.example.com",
        "http://shop.example.com:8080",
    ]
    assert sites_of("https://*.example.com") == ["https://*.example.com"]
