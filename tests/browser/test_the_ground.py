"""The checks on pages find what they are for: tried on pages with one fault each."""

from __future__ import annotations

import pytest

from tests.support.browser import check_page

GOOD = """<!doctype html><html lang="zh-Hans"><head><title>客约</title>
<meta name="viewport" content="width=device-width"></head>
<body><main><h1>反馈</h1><label for="a">姓名</label><input id="a"><button>提交</button></main></body></html>"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('<label for="a">姓名</label>', "", "no label"),
        ("<button>提交</button>", "<button><svg></svg></button>", "no name"),
        ("<h1>反馈</h1>", "<h2>反馈</h2>", "0 h1"),
        ("<h1>反馈</h1>", '<h1>反馈</h1><img src="data:,">', "no alt"),
        ('<input id="a">', '<input id="a"><p id="a"></p>', "id twice"),
        ("<button>", '<button style="width:900px">', "scrolls sideways at 390 px"),
    ],
)
def test_a_fault_is_found(page, old, new, said):
    page.set_content(GOOD.replace(old, new))
    with pytest.raises(pytest.fail.Exception, match=said):
        check_page(page)


def test_a_good_page_passes_and_chinese_is_drawn(page, picture):
    page.set_content(GOOD)
    check_page(page)
    page.set_content(
        '<span id="a" style="font-size:40px">客</span><span id="b" style="font-size:40px">约</span>'
    )
    # two different glyphs: a machine without a Chinese font draws the same box twice
    first, second = (page.locator(at).screenshot() for at in ("#a", "#b"))
    assert first != second
    assert picture(page, "ground").stat().st_size > 0


def test_what_goes_wrong_inside_a_page_is_noticed(page, page_problems):
    page.set_content(GOOD)
    page.evaluate("setTimeout(() => { throw new Error('broken') })")
    page.evaluate("console.error('refused')")
    page.wait_for_timeout(100)
    assert len(page_problems.unexpected) == 2
    page_problems.allow("broken")
    page_problems.allow("refused")
