"""What the page of all components shows. Companies and people are made up; the texts are data, not interface."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

from django import forms
from django.core.paginator import Paginator

from keyue.ui.components import ClauseTag, Crumb, FileChip, Me, MenuItem, NavItem, Tab

# 17 March 2026, 10:20 in Shanghai: the instant of the standard's pictures
NOW = datetime(2026, 3, 17, 2, 20, tzinfo=UTC)
REGULATION = "《客户反馈与投诉管理制度》"
LONG_TITLE = "关于进一步规范临江市北岸区第三净水厂扩建工程二期膜处理车间在线监测仪表数据异常处置的投诉"
LONG_COMPANY = "临江市北岸区城镇供排水一体化运营管理有限责任公司（演示）"


@dataclass(frozen=True, slots=True)
class Owed:
    """A promise as far as the tag `due` looks at one."""

    state: str = "pending"
    start: datetime | None = None
    due: datetime | None = None
    closed_at: datetime | None = None
    paused: bool = False
    pause_reason: str = ""


def _clause(number: str, label: str, tone: str) -> ClauseTag:
    return ClauseTag(number=number, label=label, url="#", title=f"{REGULATION}{number}", tone=tone)


CLAUSES = {
    "plan": _clause("第十二条", "方案 24 小时", "soon"),
    "classify": _clause("第八条", "分类 2 小时", "kept"),
    "dispatch": _clause("第十一条", "派单 30 分钟", "kept"),
    "solve": _clause("第十三条", "解决 48 小时", "kept"),
    "visit": _clause("第二十三条", "季度走访", "late"),
    "assess": _clause("第十条", "评估 4 小时", "kept"),
    "answer": _clause("第十四条", "", "soon"),
    "follow": _clause("第十六条", "回访 7 天", "kept"),
    "fees": ClauseTag(number="第十五条", title=f"{REGULATION}第十五条"),
}


def _after(hours: float) -> datetime:
    # half a minute more, so that the countdowns do not tick while a picture is taken
    return NOW + timedelta(hours=hours, seconds=30)


def promises() -> dict[str, Owed]:
    """One promise of every kind that the countdown words."""
    received = _after(-20 - 2 / 3)
    return {
        "overdue_days": Owed(state="breached", start=_after(-2160), due=_after(-50)),
        "overdue": Owed(state="breached", start=_after(-1.2), due=_after(-0.7)),
        "soon": Owed(start=received, due=_after(3 + 1 / 3)),
        "minutes": Owed(start=_after(-1.2), due=_after(0.8)),
        "seconds": Owed(start=_after(-1), due=NOW + timedelta(seconds=40)),
        "open": Owed(start=received, due=_after(27 + 1 / 3)),
        "days": Owed(start=NOW, due=_after(50)),
        "endless": Owed(start=NOW),
        "paused": Owed(start=received, paused=True, pause_reason="等客户资料"),
        "idle": Owed(state="idle"),
        "met": Owed(state="met", start=received, due=_after(-18), closed_at=received + timedelta(minutes=38)),
        "met_late": Owed(state="met_late", start=received, due=_after(-18), closed_at=_after(-17.8)),
        "waived": Owed(state="waived", start=received, due=_after(-18)),
        "cancelled": Owed(state="cancelled", start=received),
    }


def _row(
    key: str, title: str, customer: str, grade: str, number: str, clause: str, act: str
) -> SimpleNamespace:
    return SimpleNamespace(
        promise=promises()[key],
        title=title,
        customer=customer,
        grade=grade,
        number=number,
        clause=CLAUSES[clause],
        act=act,
        level=2 if grade == "A" else 1,
    )


def rows() -> list[SimpleNamespace]:
    return [
        _row(
            "overdue_days",
            "季度走访：更新关键联系人与采购计划",
            "禾丰食品集团（演示）",
            "A",
            "走访任务 ZF-2603-018",
            "visit",
            "记录走访",
        ),
        _row(
            "soon",
            "提交处理方案：3# 膜组产水浊度反复超标，维保到场延误",
            "临江第三水务有限公司（演示）",
            "A",
            "投诉 TS-2603-0142",
            "plan",
            "写方案",
        ),
        _row(
            "paused",
            "补充现场照片后继续评估",
            "川野乳业（演示）",
            "B",
            "投诉 TS-2603-0139",
            "assess",
            "催一次",
        ),
        _row("open", LONG_TITLE, LONG_COMPANY, "C", "投诉 TS-2603-0151", "solve", "打开"),
    ]


def steps() -> list[SimpleNamespace]:
    """The rail of promises of one case."""
    every = promises()
    return [
        SimpleNamespace(
            promise=every["met"],
            name="分类",
            limit="PT2H",
            clause=CLAUSES["classify"],
            who="林知夏",
            proof="分类单",
        ),
        SimpleNamespace(
            promise=every["met_late"],
            name="派单",
            limit="PT30M",
            clause=CLAUSES["dispatch"],
            who="许南乔",
            proof="说明：等工程部确认班次",
        ),
        SimpleNamespace(
            promise=every["soon"],
            name="方案",
            limit="PT24H",
            clause=CLAUSES["plan"],
            who="陈砚 · 工程服务部",
            current=True,
            used=86,
        ),
        SimpleNamespace(
            promise=every["open"], name="解决", limit="PT48H", clause=CLAUSES["solve"], who="陈砚"
        ),
        SimpleNamespace(
            promise=every["idle"], name="反馈", limit="PT24H", clause=CLAUSES["answer"], who="林知夏"
        ),
        SimpleNamespace(
            promise=every["waived"], name="回访", limit="P7D", clause=CLAUSES["follow"], who="林知夏"
        ),
    ]


class SampleForm(forms.Form):
    """Every kind of field."""

    kind = forms.ChoiceField(
        label="您要反馈的是",
        choices=[("complaint", "投诉"), ("suggestion", "建议"), ("inquiry", "咨询"), ("praise", "表扬")],
        widget=forms.RadioSelect,
        initial="complaint",
    )
    what = forms.CharField(
        label="发生了什么", widget=forms.Textarea, help_text="写清时间、地点、设备或人员，处理更快。"
    )
    phone = forms.RegexField(
        r"^\d{11}$", label="手机号", error_messages={"invalid": "手机号应为 11 位，现在是 10 位"}
    )
    reason = forms.ChoiceField(label="停表原因", choices=[("", "请选择"), ("customer", "等客户补充资料")])
    level = forms.ChoiceField(
        label="级别",
        choices=[("1", "一般"), ("2", "较大"), ("3", "重大")],
        widget=forms.RadioSelect,
        initial="1",
    )
    departments = forms.MultipleChoiceField(
        label="协办部门",
        required=False,
        choices=[("quality", "品质部"), ("supply", "供应链部")],
        widget=forms.CheckboxSelectMultiple,
        initial=["quality"],
    )
    photos = forms.FileField(label="照片、视频或文件", required=False)
    anonymous = forms.BooleanField(
        label="匿名提交", required=False, help_text="我们看不到您的身份，您仍可凭编号查进度"
    )
    on = forms.DateField(label="走访日期", required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def clean(self) -> dict[str, object]:
        raise forms.ValidationError("这条反馈与 TS-2603-0142 重复，请先核对")


MISTAKEN: Mapping[str, str] = {
    "kind": "complaint",
    "what": "3# 膜组这周第三次浊度超标。",
    "phone": "1380000602",
}


def icons() -> list[str]:
    """The names in the sprite, as the tag `icon` takes them."""
    sprite = Path(__file__).parent / "templates" / "ui" / "_sprite.html"
    return [part.split('"')[0] for part in sprite.read_text(encoding="utf-8").split('<symbol id="i-')[1:]]


def context() -> dict[str, object]:
    """All that the page shows, at the instant NOW."""
    return {
        "now": NOW,
        "rows": rows(),
        "steps": steps(),
        "owed": promises(),
        "clauses": CLAUSES,
        "icons": icons(),
        "tones": [
            ("kept", "按约"),
            ("open", "进行中"),
            ("soon", "临近"),
            ("late", "逾期"),
            ("wait", "停表"),
            ("idle", "未开始"),
            ("void", "免除"),
        ],
        # ids must differ between the two halves of the page
        "panels": [
            {
                "theme": theme,
                "form": SampleForm(data=dict(MISTAKEN), auto_id=f"{theme}-a-%s"),
                "blank": SampleForm(auto_id=f"{theme}-b-%s"),
            }
            for theme in ("light", "dark")
        ],
        "line": [93.2, 92.8, 92.6, 92.2, 92.0, 91.4],
        "page": Paginator(range(38), 13).page(2),
        "views": [
            Tab("待我处理", "#", 18),
            Tab("未关闭投诉", "#", 38, current=True),
            Tab("重大事项", "#", 4),
            Tab("已关闭", "#", 1204),
        ],
        "chips": [
            FileChip("在线仪表截图.jpg", "#", "412 KB", "image"),
            FileChip("3月1日至15日产水数据.xlsx", "#"),
        ],
        "purposes": [("contact", "联系客户"), ("verify", "核对身份")],
        "received": NOW - timedelta(hours=20, minutes=40),
        "long_title": LONG_TITLE,
        "crumbs": [Crumb("界面"), Crumb("组件")],
        "nav": [
            NavItem("home", "工作台", "#", "home", 7, key="h", tab=True),
            NavItem("cases", "事项", "#", "case", 138, current=True, key="c", tab=True),
            NavItem("customers", "客户", "#", "user", tab=True),
            NavItem("regulations", "制度", "#", "policy", key="p", group="rules", tab=True),
            NavItem("settings", "设置", "#", "sliders", group="foot"),
        ],
        "me": Me(
            "林知夏",
            "客户服务部",
            (MenuItem("我的账户", "#", "user"), MenuItem("退出", "#", "out", post=True)),
        ),
        "unread": 3,
        "notices_url": "#",
        "demo": True,
    }
