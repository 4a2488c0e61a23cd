"""What the template tags print."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from keyue.ui.components import ClauseTag, FileChip, Tab

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 3, 17, 10, 20, tzinfo=ZONE)
PROMISE = SimpleNamespace(
    state="pending", start=NOW - timedelta(hours=20, minutes=40), due=NOW + timedelta(hours=3, minutes=20)
)


def render(source: str, **context: Any) -> str:
    return Template("{% load ui %}" + source).render(Context({"now": NOW, **context})).strip()


def test_an_icon_is_decoration_unless_it_is_named() -> None:
    assert render('{% icon "clock" %}') == '<svg class="i" aria-hidden="true"><use href="#i-clock"/></svg>'
    assert 'role="img"' in render('{% icon "clock" label="到期" %}')


def test_a_state_has_a_shape_and_words() -> None:
    html = render('{% state "soon" "临近" %}')
    assert html == (
        '<span class="st" data-s="soon"><svg class="g" aria-hidden="true"><use href="#g-soon"/></svg>临近</span>'
    )


def test_a_countdown_carries_what_the_browser_needs() -> None:
    html = render("{% due p %}", p=PROMISE)
    assert 'class="due"' in html
    assert 'data-s="soon"' in html
    assert 'data-due="2026-03-17T13:40:00+08:00"' in html
    assert 'data-start="2026-03-16T13:40:00+08:00"' in html
    assert 'title="3月17日 周二 13:40 到期"' in html
    assert "<span>还剩 3 小时 20 分</span>" in html


def test_what_no_longer_runs_is_left_alone_by_the_browser() -> None:
    kept = SimpleNamespace(state="met", start=NOW, due=NOW, closed_at=NOW + timedelta(minutes=38))
    html = render("{% due p %}", p=kept)
    assert "data-due" not in html
    assert "用时 38 分" in html


def test_a_countdown_in_english() -> None:
    with translation.override("en"):
        assert "3 h 20 min left" in render("{% due p %}", p=PROMISE)


def test_the_instant_of_the_request_serves_where_the_page_names_none() -> None:
    request = RequestFactory().get("/")
    request.at = NOW  # type: ignore[attr-defined]
    assert render("{% tone p %}", p=PROMISE, now=None, request=request) == "soon"


def test_a_clause_leads_to_its_text() -> None:
    c = ClauseTag("第十二条", "方案 24 小时", "/r/7/#c12", "《制度》第十二条", "soon")
    html = render("{% clause c %}", c=c)
    assert html.startswith('<a class="clause" data-s="soon" title="《制度》第十二条" href="/r/7/#c12">')
    assert "第十二条 方案 24 小时" in html
    assert ">第十二条<" in render("{% clause c short=True %}", c=c)
    assert render("{% clause c %}", c={"number": "第一条"}).startswith('<span class="clause" data-s="idle">')
    assert render("{% clause c %}", c=None) == ""


def test_texts_are_escaped() -> None:
    html = render(
        '{% tag t %}{% state "late" t %}{% clause c %}{% card title=t %}x{% endcard %}{% empty title=t %}{% endempty %}',
        t="<script>",
        c={"number": "<script>", "title": '"><script>'},
    )
    assert "<script>" not in html


def test_levels_grades_and_people() -> None:
    assert "重大" in render("{% level 3 %}")
    assert 'aria-label="客户分级 A"' in render('{% grade "A" %}')
    assert render('{% grade "" %}') == ""
    assert ">欧<" in render('{% avatar "欧阳玉书" %}')
    assert render('{% avatar "林知夏" kind="me" show=True %}').endswith("林知夏</span>")
    assert ">?<" in render('{% avatar "" %}')


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{% moment t %}", "今天 13:40"),
        ("{% moment t before=True %}", "今天 13:40 前"),
        ("{% moment t exact=True %}", "2026-03-17 13:40"),
        ("{% moment t clock=False weekday=True %}", "3月17日 周二"),
        ("{% moment d %}", "6月30日"),
        ("{% moment d before=True %}", "6月30日 前"),
        ('{% moment n empty="未登记" %}', "未登记"),
    ],
)
def test_moments(source: str, text: str) -> None:
    assert f">{text}<" in render(source, t=NOW.replace(hour=13, minute=40), d=date(2026, 6, 30), n=None)


def test_a_moment_is_readable_by_machines() -> None:
    html = render("{% moment t %}", t=NOW)
    assert html == '<time datetime="2026-03-17T10:20:00+08:00" title="2026-03-17 10:20">今天 10:20</time>'


def test_days_durations_and_numbers() -> None:
    assert render("{% day t %}", t=NOW - timedelta(days=1)) == "昨天 3月16日 周一"
    assert render('{% duration "PT24H" %}') == "24 小时"
    assert render('{% duration t kind="used" %}', t=timedelta(minutes=38)) == "用时 38 分"
    assert render("{% duration 12000 %}") == "3 小时 20 分"
    assert render("{% duration t %}", t=None) == "—"
    assert render("{% percent 90 93 %}") == "96.8%"
    assert render("{% percent 0 0 %}") == "—"
    assert render("{% count 120 %}{% number 1286 %}{% money 3.5 %}") == "99+1,286¥3.50"


def test_a_change_is_coloured_by_what_is_good() -> None:
    assert render("{% delta 0.9 %}") == '<span class="delta up">+0.9</span>'
    assert 'class="delta down"' in render('{% delta 3 good="down" %}')
    assert 'class="delta"' in render('{% delta 3 good="none" %}')


def test_bars() -> None:
    parts = render('{% meter "负载" total=12 late=2 soon=5 open=0 %}')
    assert parts.count("<i ") == 2
    assert "--v:16.67" in parts
    assert 'style="--v:91.63"' in render('{% meter "已读" 186 total=203 %}')
    assert render("{% cov late=15 kept=160 %}").count("<i ") == 2
    assert 'aria-valuenow="62"' in render('{% progress "导出" 62 %}')
    assert "data-busy" in render('{% progress "导入" %}')
    assert "<path" in render("{% spark v %}", v=[1, 2, 3])
    assert render("{% spark v %}", v=[1]) == ""


def test_a_masked_field_says_that_looking_leaves_a_trace() -> None:
    html = render(
        '{% masked "138****6027" url="/reveal/" purposes=p what="手机号" %}',
        p=[("contact", "联系客户")],
        csrf_token="tok",
    )
    assert 'action="/reveal/"' in html
    assert 'name="csrfmiddlewaretoken" value="tok"' in html
    assert '<button name="purpose" value="contact">联系客户</button>' in html
    assert "本次查看会留痕" in html
    assert "<form" not in render('{% masked "138****6027" %}')
    assert "未登记" in render('{% masked "" url="/reveal/" %}')


def test_pages_keep_the_filter_of_the_list() -> None:
    request = RequestFactory().get("/cases/?q=浊度&page=2")
    page = Paginator(range(38), 13).page(2)
    html = render("{% pagination page %}", page=page, request=request)
    assert "14–26，共 38" in html
    assert "q=%E6%B5%8A%E5%BA%A6&amp;page=1" in html
    assert "page=3" in html


def test_a_single_page_has_no_ways_on_and_an_empty_one_says_nothing() -> None:
    assert "上一页" not in render("{% pagination page %}", page=Paginator(range(3), 13).page(1))
    assert render("{% pagination page %}", page=Paginator([], 13).page(1)) == ""


def test_tabs_files_and_skeletons() -> None:
    html = render("{% tabs items %}", items=[Tab("全部", "/a/", 1204, current=True), Tab("我的", "/b/")])
    assert html.count("aria-current") == 1
    assert "1,204" in html
    assert 'href="/f/"' in render("{% files f %}", f=[FileChip("a.jpg", "/f/", "1 KB")])
    assert render("{% files f %}", f=[]) == ""
    assert render("{% skeleton 3 %}").count('class="row"') == 3


def test_what_wraps_content() -> None:
    html = render('{% card title="约定" note="4" more="全部" url="/p/" %}内容{% endcard %}')
    assert '<div class="bd">内容</div>' in html
    assert 'class="bd"' not in render("{% card bare=True %}内容{% endcard %}")
    alert = render(
        '{% banner tone="late" title="没有保存" alert=True act="重试" url="/x/" %}网络中断{% endbanner %}'
    )
    assert 'role="alert"' in alert
    assert "g-late" in alert
    assert 'href="/x/">重试' in alert
    assert "<p>提示</p>" in render('{% empty title="没有" kind="filter" %}<p>提示</p>{% endempty %}')
    assert 'aria-labelledby="d-title"' in render('{% dialog id="d" title="停表" %}{% enddialog %}')
    assert "<details" in render('{% drop "更多" %}<a href="#">转派</a>{% enddrop %}')
    assert 'hx-swap-oob="beforeend:#toasts"' in render("{% toast oob=True %}好{% endtoast %}")
    assert 'action="/undo/1/"' in render('{% toast undo="/undo/1/" %}好{% endtoast %}')


def test_the_test_clock_shows_only_where_time_can_be_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    from keyue.kernel import clock

    monkeypatch.setattr(clock, "is_movable", lambda: False)
    assert render("{% test_clock %}") == ""
    monkeypatch.setattr(clock, "is_movable", lambda: True)
    monkeypatch.setattr(clock, "offset", lambda: timedelta(days=2))
    html = render("{% test_clock %}")
    assert "2026-03-17 10:20" in html
    assert "快 2 天" in html


def test_what_the_reader_prefers_comes_from_cookies() -> None:
    request = RequestFactory().get(
        "/", headers={"cookie": "ky_theme=dark; ky_nav=rail; ky_density=compact; ky_keys=off"}
    )
    html = render("{% root_attributes %}", request=request)
    assert 'data-theme="dark"' in html
    assert 'data-keys="off"' in html
    assert 'lang="zh-CN"' in html
    assert render("{% nav_state %}{% density %}", request=request) == 'rail data-density="compact"'
    assert 'data-pref="density=compact" aria-pressed="true"' in render(
        "{% density_switch %}", request=request
    )


def test_a_forged_preference_is_ignored() -> None:
    request = RequestFactory().get("/", headers={"cookie": 'ky_theme="x onload=1"; ky_nav=<b>'})
    assert "onload" not in render("{% root_attributes %}", request=request)
    assert render("{% nav_state %}", request=request) == "full"
    assert render('{% nav_state "rail" %}', request=request) == "rail"
