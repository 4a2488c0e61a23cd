"""HTML as text with sensible lines, and as HTML that is safe to show."""

from __future__ import annotations

import pytest

from keyue.channels.email.reader.markup import clean, text_of
from tests.rules.mail.making import body_of

TEXTS = [
    ("<p>甲</p><p>乙</p>", "甲\n\n乙"),
    ("甲<br>乙<br/>丙<BR />丁", "甲\n乙\n丙\n丁"),
    ("甲<br><br>乙", "甲\n\n乙"),
    ("<div>甲</div><div>乙<div>丙</div></div>丁", "甲\n乙\n丙\n丁"),
    ("<div>甲</div><div><br></div><div>乙</div>", "甲\n\n乙"),
    ("<ul><li>甲</li><li>乙</li></ul>", "- 甲\n- 乙"),
    ("<ol><li>甲<li>乙</ol>", "1. 甲\n2. 乙"),
    (
        "<table><tr><td>姓名</td><td>电话</td></tr><tr><td>张三</td><td>123</td></tr></table>",
        "姓名\t电话\n张三\t123",
    ),
    ("<table><tr><td><p>姓名</p></td><td><div>电话</div></td></tr></table>", "姓名\t电话"),
    ("<table><tr><td><table><tr><td>甲</td></tr><tr><td>乙</td></tr></table></td></tr></table>", "甲\n乙"),
    ("甲<style>p{color:red}</style><script>alert('乙')</script>丙", "甲丙"),
    ("<head><title>标题</title></head>甲", "甲"),
    ("甲<style>p{color:red} <div>乙</div>", "甲\n乙"),
    ("甲<!-- 乙 -->丙", "甲丙"),
    ("甲<!--[if mso]><p>Outlook</p><![endif]-->丙", "甲丙"),
    ("甲<![if !mso]>乙<![endif]>丙", "甲乙丙"),
    ("甲<!--[if !mso]><!-->乙<!--<![endif]-->丙", "甲乙丙"),
    ("甲<!-->乙", "甲乙"),
    ("甲<!-- 没有结束 乙", "甲 没有结束 乙"),
    ("&#35831;&#x9000;&#27454; &lt;3 &amp;lt; &copy; &nbsp;x &unknown;", "请退款 <3 &lt; © x &unknown;"),
    ("&#99999999999999999999; &#xD800; &#0;甲", "\ufffd \ufffd \ufffd甲"),
    ("1 < 2 且 3 > 2 <3", "1 < 2 且 3 > 2 <3"),
    (
        "联系 <zhangsan@example.com> 或 <http://example.com/>",
        "联系 <zhangsan@example.com> 或 <http://example.com/>",
    ),
    ("<o:p>甲</o:p><st1:place>乙</st1:place>", "甲乙"),
    ('<a title="a>b" href="http://x.example">甲</a>', "甲"),
    ('<a href="未结束>甲</a><p>乙', "甲\n\n乙"),
    ("请\n   退款", "请退款"),
    ("a\n   b", "a b"),
    ("<pre>a\n  b</pre>", "a\n  b"),
    ("甲<hr>乙", "甲\n--------\n乙"),
    ('<img src="x.png" alt="全场五折">', "全场五折"),
    ('甲<img src="x.png" alt="全场五折">', "甲"),
    ("<p></p><p>&nbsp;</p><p>甲</p><p></p><p></p><p>乙</p>", "甲\n\n乙"),
    ("<blockquote>缩进</blockquote>", "缩进"),
    ('答<blockquote type="cite">问<br>二</blockquote>完', "答\n> 问\n> 二\n完"),
    ("<blockquote type=cite>a<blockquote type=cite>b</blockquote>c</blockquote>", "> a\n> > b\n> c"),
    ("&zwnj;&#8203;甲", "\u200c甲"),
    ("<b产品>甲", "<b产品>甲"),
]


@pytest.mark.parametrize(("html", "text"), TEXTS)
def test_text_of_html(html, text):
    assert text_of(html).strip("\n") == text


UNSAFE = [
    ("<script>alert(1)</script>甲", "甲"),
    ("<style>p{}</style>甲", "甲"),
    ('<p onclick="x()" style="position:fixed" class="a" id="b">甲</p>', "<p>甲</p>"),
    ('<img src="http://t.example/x.gif">甲', "<img>甲"),
    ('<img src="//t.example/x.gif" srcset="http://t.example/y.gif">甲', "<img>甲"),
    ('<img src=" http://t.example/x">甲', "<img>甲"),
    (
        '<table background="http://t.example/x"><tr><td background="http://t.example/x">甲</td></tr></table>',
        "<table><tbody><tr><td>甲</td></tr></tbody></table>",
    ),
    ('<div style="background:url(http://t.example/x)">甲</div>', "<div>甲</div>"),
    ('<img src="cid:a@b" alt="图">', '<img src="cid:a@b" alt="图">'),
    ('<img src="data:image/svg+xml;base64,AAAA">', "<img>"),
    ('<img src="data:image/png;base64,AAAA">', '<img src="data:image/png;base64,AAAA">'),
    (
        '<a href="http://x.example/?a=1&amp;b=2">甲</a>',
        '<a href="http://x.example/?a=1&amp;b=2" rel="noopener noreferrer nofollow">甲</a>',
    ),
    ('<a href="javascript:alert(1)">甲</a>', '<a rel="noopener noreferrer nofollow">甲</a>'),
    ('<a href="java\nscript:alert(1)">甲</a>', '<a rel="noopener noreferrer nofollow">甲</a>'),
    ('<a href="data:text/html,x">甲</a>', '<a rel="noopener noreferrer nofollow">甲</a>'),
    ('<iframe src="http://x.example">甲</iframe>', "甲"),
    ('<form action="http://x.example"><input name="a"><button>甲</button></form>', "甲"),
    (
        '<svg><script>1</script><a xlink:href="javascript:1">甲</a></svg>',
        '<a rel="noopener noreferrer nofollow">甲</a>',
    ),
    ("<math><mi><style><img src=x onerror=alert(1)></style></mi></math>甲", "甲"),
    ('<noscript><p title="</noscript><img src=x onerror=alert(1)>">', "<p></p>"),
    ("<base href='http://x.example/'><meta http-equiv=refresh content='0;url=http://x.example'>甲", "甲"),
    ('<link rel="stylesheet" href="http://x.example/a.css">甲', "甲"),
    ("<b>甲<i>乙</b>丙</i>", "<b>甲<i>乙</i></b>丙"),
    ("甲 &lt;script&gt; 乙", "甲 &lt;script&gt; 乙"),
    ("<object data=x><embed src=x>甲</object>", "甲"),
]


@pytest.mark.parametrize(("html", "safe"), UNSAFE)
def test_html_that_is_shown(html, safe):
    assert clean(html) == safe


def test_nothing_remote_is_left_whatever_the_tag():
    html = "".join(
        f'<{tag} src="http://t.example/1" href="http://t.example/2" data="http://t.example/3" poster="http://t.example/4">x'
        for tag in "img input video audio source track embed object iframe frame link image bgsound body table td layer".split()
    )
    assert "t.example" not in clean(html)


@pytest.mark.parametrize(
    "unit",
    [
        "<div>",
        "<b>",
        "<table><tr><td>",
        "<a href=x>",
        "<p><font size=1>",
        "<blockquote type=cite>",
        "<ul><li>",
    ],
)
def test_depth_costs_nothing(unit):
    html = unit * 20_000 + "甲"
    assert text_of(html).rstrip().endswith("甲") and "甲" in clean(html)


def test_a_page_without_any_tag_but_with_entities():
    assert body_of("text/html", b"&#35831;&#36864;&#27454;").text == "请退款"
