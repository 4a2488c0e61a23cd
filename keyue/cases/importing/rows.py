"""What a row of a sheet says: an opinion, what happened to it afterwards, and by what the row is known again.

Nothing is written here and no table is read. Whatever cannot be understood becomes a sentence; a row with any is not
imported, and comes back with all of them.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from keyue.cases.actions.batch import Happened, Telling
from keyue.cases.actions.intake import CONTENT, TITLE, Intake
from keyue.cases.enums import CaseType, Category, Channel, FollowUpOutcome, Phase
from keyue.cases.enums import Telling as Via
from keyue.cases.importing import cells as reading
from keyue.cases.importing.columns import COLUMNS, REASON, TIMES, is_reason, plain
from keyue.customers import rules as customers
from keyue.customers.faults import shown
from keyue.customers.regions import parse_place
from keyue.customers.wording import checked
from keyue.kernel.errors import Invalid

NUMBERED = "no"
"""How the identity of a row begins that has a number of its own; a digest never does."""
LONGEST_NUMBER = 100
LONGEST_RESULT = 20_000
WALL = ZoneInfo("UTC")
ORDER = ("at", "classified_at", "solved_at", "reported_at", "told_at", "followed_at")

TYPES = {
    "feedback": "反馈 意见 客户反馈 意见反馈 feedback",
    "suggestion": "建议 意见建议 客户建议 suggestion",
    "complaint": "投诉 客户投诉 客诉 complaint",
    "praise": "表扬 praise",
    "inquiry": "咨询 问询 inquiry",
    "request": "服务请求 请求 报修 维修 服务 servicerequest request",
    "misconduct": "举报 reportofmisconduct misconduct",
}
CATEGORIES = {
    "product": "产品质量 产品 质量 质量问题 产品问题 productquality product",
    "service": "服务质量 服务 服务态度 服务问题 servicequality service",
    "price": "价格 价格问题 收费 price",
    "delivery": "交付时间 交付 交期 物流 配送 发货 deliverytime delivery",
    "other": "其他 其它 other",
}
CHANNELS = {
    "webform": "网上反馈 网站 官网 网页 表单 网页表单 onlinefeedback webform",
    "email": "邮件 邮箱 电子邮件 e-mail email",
    "phone": "电话 热线 来电 客服热线 400 400电话 phone",
    "chat": "在线客服 客服 在线 聊天 livechat chat",
    "sms": "短信 textmessage sms",
    "wechat": "微信 公众号 微信公众号 wechat",
    "wecom": "企业微信 企微 wecom",
    "visit": "来访 上门 现场 拜访 走访 门店 当面 visit",
    "review": "评价 点评 电商评价 reviewsite review",
    "sheet": "表格导入 表格 spreadsheetimport sheet",
    "api": "接口 api",
}
PHASES = {
    "before": "售前 售前咨询 beforesale before",
    "during": "售中 duringsale during",
    "after": "售后 售后服务 aftersale after",
}
TELLINGS = {
    "mail": "邮件 邮箱 电子邮件 e-mail mail email",
    "portal": "进度页留言 进度页 网上 progresspage portal",
    "call": "电话 来电 去电 call phone",
    "visit": "当面 上门 现场 拜访 inperson visit",
}


def _names(table: Mapping[str, str], members: Sequence[tuple[str, object]]) -> dict[str, str]:
    found = {name: code for code, names in table.items() for name in names.split()}
    return found | {str(code).casefold(): str(code) for code, _label in members}


CHOICES: dict[str, dict[str, str]] = {
    "type": _names(TYPES, CaseType.choices),
    "category": _names(CATEGORIES, Category.choices),
    "channel": _names(CHANNELS, Channel.choices),
    "phase": _names(PHASES, Phase.choices),
    "told_via": _names(TELLINGS, Via.choices),
}
LABELS = {"type": CaseType, "category": Category, "channel": Channel, "phase": Phase, "told_via": Via}


@dataclass(frozen=True, slots=True)
class Row:
    """A row as understood. With `faults` it is not imported, and `intake` may be None.

    `identity` is what it is known by, `meaning` a digest of what its columns say, `content` one of the row as it stands
    in the file, whatever its columns are taken for.
    """

    line: int
    identity: str
    at: datetime | None
    intake: Intake | None
    later: Sequence[Happened] = ()
    faults: Sequence[str] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    meaning: str = ""
    content: str = ""

    @property
    def is_numbered(self) -> bool:
        """Whether it has a number of its own."""
        return self.identity.startswith(NUMBERED)


class Reader:
    """Reads rows of one file by one mapping of its columns."""

    def __init__(
        self,
        mapping: Mapping[str, int],
        *,
        zone: ZoneInfo,
        now: datetime,
        default_type: str,
        default_via: str = Via.CALL.value,
        headings: Sequence[str] = (),
    ) -> None:
        self.mapping = {code: place for code, place in mapping.items() if code in COLUMNS}
        self.zone, self.now, self.default_type, self.default_via = zone, now, default_type, default_via
        self.names = _column_names(headings)

    def read(self, line: int, cells: Sequence[str]) -> Row:
        """One row. `line` is its number in the sheet."""
        texts = {
            code: reading.tidy(cells[place]) if place < len(cells) else ""
            for code, place in self.mapping.items()
        }
        one = _One(texts, self.zone, self.now)
        one.check_formulas()
        times = one.times()
        person = one.person()
        chosen = {code: one.choice(code) for code in CHOICES}
        later = one.later(times, chosen, self.default_via)
        intake = one.intake(chosen, person, self.default_type)
        one.check_number()
        meaning = meaning_of(texts, one.named)
        return Row(
            line=line,
            identity=identity_of(texts, meaning),
            meaning=meaning,
            content=content_of(self.names, cells),
            at=times.get("at"),
            intake=None if one.faults else intake,
            later=later,
            faults=one.faults,
            values=texts,
        )


def identity_of(texts: Mapping[str, str], meaning: str) -> str:
    """What a row is known by: its number, else what it says."""
    number = texts.get("number", "")
    if number:
        return f"{NUMBERED}:{number}" if len(number) <= LONGEST_NUMBER else f"{NUMBERED}~{_digest(number)}"
    return meaning


def meaning_of(texts: Mapping[str, str], times: Mapping[str, datetime]) -> str:
    """A digest of everything in a row that is imported.

    Instants count as what they name, not as they are written: a sheet saved in another form is the same sheet. Nothing
    else counts but what the row says: not when it is read, nor what holds for rows that do not say.
    """
    said = {code: times[code].isoformat() if code in times else text for code, text in texts.items() if text}
    return _digest(json.dumps(said, ensure_ascii=False, sort_keys=True))


def content_of(names: Sequence[str], cells: Sequence[str]) -> str:
    """A digest of a whole row under the headings of its file: the same whatever its columns are taken for, in whatever
    order they stand, and in whichever form the sheet was saved. Our own column of reasons does not count."""
    said = sorted(
        (names[place] if place < len(names) else str(place), _plain(cell))
        for place, cell in enumerate(cells)
        if cell.strip() and not (place < len(names) and is_reason(names[place]))
    )
    return _digest(json.dumps(said, ensure_ascii=False))


def _plain(cell: str) -> str:
    """A cell's text; an instant as what it names, on the wall of whoever wrote it."""
    text = reading.tidy(cell)
    if not text[:1].isdigit():
        return text
    try:
        return reading.instant(text, WALL).at.isoformat()
    except reading.Unreadable:
        return text


def _column_names(headings: Sequence[str]) -> list[str]:
    """A name for each column: its heading as it is compared, with a number behind where two are alike."""
    seen: Counter[str] = Counter()
    names = []
    for place, heading in enumerate(headings):
        name = REASON if is_reason(heading) else plain(heading) or str(place)
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name} {seen[name]}")
    return names


def _digest(text: str) -> str:
    return sha256(text.encode(errors="replace")).hexdigest()[:40]


class _One:
    """One row while it is read: its texts, and the sentences for what is wrong with them."""

    def __init__(self, texts: Mapping[str, str], zone: ZoneInfo, now: datetime) -> None:
        self.texts, self.zone, self.now = texts, zone, now
        self.faults: list[str] = []
        self.failed: frozenset[str] = frozenset()
        # what the cells name, whatever the time is now
        self.named: dict[str, datetime] = {}

    def text(self, code: str) -> str:
        return self.texts.get(code, "")

    def fault(self, code: str, sentence: str) -> None:
        """Say what is wrong with a column."""
        if code in self.failed:
            return
        self.faults.append(
            _("%(column)s：%(fault)s") % {"column": COLUMNS[code].label, "fault": sentence.rstrip("。.")}
        )

    def check_formulas(self) -> None:
        """A formula that failed says nothing, wherever it stands; no other fault of its column is named."""
        failed = {code: text for code, text in self.texts.items() if text.upper() in reading.FAILED}
        for code, text in failed.items():
            self.fault(code, _("公式出错，得到 %(text)s，请在表格里改正") % {"text": text})
        self.failed = frozenset(failed)

    # --- instants ---

    def times(self) -> dict[str, datetime]:
        """The instants of the row, in their order; a day alone counts from its start for the receipt and until its end
        for what came after, so that no promise looks better kept than the sheet can prove."""
        found: dict[str, datetime] = {}
        for code in TIMES:
            text = self.text(code)
            if not text:
                continue
            moment = self._instant(code, text)
            if moment is not None:
                found[code] = moment
        if not self.text("at"):
            self.fault("at", _("不能为空"))
        self._check_order(found)
        return found

    def _instant(self, code: str, text: str) -> datetime | None:
        try:
            said = reading.instant(text, self.zone)
        except reading.Unreadable:
            self.fault(
                code,
                _("看不懂「%(text)s」，请写成 2026-11-03 14:05 这样") % {"text": shown(text)},
            )
            return None
        moment = self.named[code] = said.at
        if said.is_day and code != "at":
            self.named[code] = reading.end_of_day(moment, self.zone)
            moment = max(moment, min(self.named[code], self.now))
        if moment > self.now:
            self.fault(code, _("%(text)s 晚于现在") % {"text": shown(text)})
            return None
        return moment

    def _check_order(self, found: Mapping[str, datetime]) -> None:
        last = "at"
        for code in ORDER[1:]:
            if code not in found:
                continue
            # sorting may have come at any time after the receipt
            earlier = "at" if code == "classified_at" else last
            if earlier in found and found[code] < found[earlier]:
                self.fault(code, _("早于%(column)s") % {"column": COLUMNS[earlier].label})
            if code != "classified_at":
                last = code

    # --- texts ---

    def choice(self, code: str) -> str:
        text = self.text(code)
        if not text:
            return ""
        try:
            return reading.choice(text, CHOICES[code])
        except reading.Unreadable:
            known = _("、").join(str(label) for label in LABELS[code].labels)
            self.fault(
                code,
                _("没有「%(text)s」这个选项，可写：%(known)s") % {"text": shown(text), "known": known},
            )
            return ""

    def person(self) -> dict[str, Any]:
        checks: dict[str, tuple[Callable[[str], Any], str]] = {
            "name": (customers.tidy_person, self.text("name")),
            "phone": (customers.normalise_phone, self.text("phone")),
            "email": (customers.normalise_email, self.text("email")),
            "region": (parse_place, self.text("region")),
        }
        try:
            return {code: value for code, value in checked(checks).items() if code != "region"}
        except Invalid as error:
            for code, sentence in error.fields.items():
                self.fault(code, str(sentence))
            return {"name": "", "phone": "", "email": ""}

    def intake(self, chosen: Mapping[str, str], person: Mapping[str, str], default_type: str) -> Intake:
        content, title = self.text("content"), self.text("title")
        if not content:
            self.fault("content", _("不能为空"))
        for code, text, most in (("content", content, CONTENT), ("title", title, TITLE)):
            if len(text) > most:
                self.fault(code, _("最多 %(most)d 字，现在是 %(n)d 字。") % {"most": most, "n": len(text)})
        return Intake(
            type=chosen["type"] or default_type,
            content=content,
            title=title,
            channel=chosen["channel"] or Channel.SHEET.value,
            phase=chosen["phase"],
            region=self.text("region")[:40],
            name=person["name"],
            phone=person["phone"],
            email=person["email"],
            is_anonymous=not any(person.values()),
        )

    def check_number(self) -> None:
        if len(self.text("number")) > 200:
            self.fault("number", _("最多 %(most)d 个字符") % {"most": 200})

    # --- what happened afterwards ---

    def later(
        self, times: Mapping[str, datetime], chosen: Mapping[str, str], default_via: str
    ) -> list[Happened]:
        """The further facts that the row tells, in their order."""
        self._pair("category", "classified_at")
        self._pair("result", "solved_at")
        self._pair("satisfied", "followed_at")
        self._needs("reported_at", "solved_at")
        self._needs("told_at", "solved_at")
        self._needs("followed_at", "told_at")
        if self.text("told_via") and not self.text("told_at"):
            self.fault("told_via", _("还要有%(column)s") % {"column": COLUMNS["told_at"].label})
        result = self.text("result")
        if len(result) > LONGEST_RESULT:
            self.fault(
                "result",
                _("最多 %(most)d 字，现在是 %(n)d 字。") % {"most": LONGEST_RESULT, "n": len(result)},
            )
        found = [
            Happened(what, times[code], category=chosen["category"], text=text, telling=telling)
            for code, what, text, telling in (
                ("classified_at", "classified", "", None),
                ("solved_at", "solved", result, None),
                ("reported_at", "reported", result, None),
                ("told_at", "told", result, Telling(chosen["told_via"] or default_via)),
            )
            if code in times
        ]
        outcome = self._outcome()
        if "followed_at" in times and outcome:
            found.append(Happened("followed_up", times["followed_at"], outcome=outcome))
        return found

    def _outcome(self) -> str:
        text = self.text("satisfied")
        if not text:
            return ""
        try:
            yes = reading.yes_or_no(text)
        except reading.Unreadable:
            self.fault("satisfied", _("看不懂「%(text)s」，请写 是 或 否") % {"text": shown(text)})
            return ""
        return (FollowUpOutcome.SATISFIED if yes else FollowUpOutcome.UNSATISFIED).value

    def _pair(self, what: str, when: str) -> None:
        """A thing that happened and when it did stand together: neither is made up."""
        if self.text(what) and not self.text(when):
            self.fault(what, _("还要有%(column)s") % {"column": COLUMNS[when].label})
        elif self.text(when) and not self.text(what):
            self.fault(when, _("还要有%(column)s") % {"column": COLUMNS[what].label})

    def _needs(self, later: str, earlier: str) -> None:
        if self.text(later) and not self.text(earlier):
            self.fault(later, _("还要有%(column)s") % {"column": COLUMNS[earlier].label})
