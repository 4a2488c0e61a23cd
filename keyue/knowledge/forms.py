"""Forms of the knowledge room. They read what was typed; whether it is right, the actions say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from keyue.knowledge import rules
from keyue.knowledge.actions import Text
from keyue.knowledge.enums import Visibility
from keyue.knowledge.models import Article, ArticleEdition
from keyue.people import selectors as people
from keyue.people.forms import StaffField
from keyue.ui.fields import ask_by_name, offer

INPUT = {"class": "input"}
SHOWS = (
    ("", _("未撤下的")),
    ("published", _("已发布")),
    ("due", _("到期未复核")),
    ("changed", _("依据有变，待更新")),
    ("submitted", _("待批准")),
    ("draft", _("未发布")),
    ("mine", _("我负责的")),
    ("withdrawn", _("已撤下")),
)


def words(
    label: Any, *, required: bool = True, most: int = rules.TEXT_LONGEST, rows: int = 0, hint: Any = ""
) -> Any:
    """A field of words; of several lines with `rows`."""
    widget = forms.Textarea(attrs={**INPUT, "rows": rows}) if rows else forms.TextInput(attrs=INPUT)
    return forms.CharField(label=label, required=required, max_length=most, widget=widget, help_text=hint)


class Form(forms.Form):
    """Base of all: what is missing is asked for by its name, and faults of an action land beside their fields."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ask_by_name(self)

    def take(self, faults: Mapping[str, object]) -> None:
        """Show what an action found wrong."""
        for name, said in faults.items():
            self.add_error(name if name in self.fields else None, str(said))


class FilterForm(forms.Form):
    """What narrows the list."""

    q = forms.CharField(
        label=_("标题、正文、拼音或首字母"),
        required=False,
        max_length=60,
        widget=forms.TextInput(
            attrs={**INPUT, "type": "search", "data-key": "/", "placeholder": _("标题、正文、拼音或首字母")}
        ),
    )
    show = forms.ChoiceField(label=_("状态"), choices=SHOWS, required=False, widget=forms.Select(attrs=INPUT))
    topic = forms.ChoiceField(label=_("主题"), required=False, widget=forms.Select(attrs=INPUT))
    visibility = forms.ChoiceField(
        label=_("可见范围"),
        choices=(("", _("全部可见范围")), *Visibility.choices),
        required=False,
        widget=forms.Select(attrs=INPUT),
    )

    def __init__(self, data: Any, topics: list[str]) -> None:
        super().__init__(data)
        offer(self, "topic", [("", _("全部主题")), *((topic, topic) for topic in topics)])


class KeepersForm(Form):
    """Who answers for an article and who keeps it."""

    owner = StaffField(label=_("文章负责人"), help_text=_("对内容负责，没答上来的问题由其处理。"))
    editor = StaffField(label=_("维护人"), help_text=_("到期复核、依据变化时更新。"))
    department = forms.ChoiceField(label=_("负责部门"), required=False, widget=forms.Select(attrs=INPUT))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        departments = [(one.code, one.name) for one in people.working_departments()]
        offer(self, "department", [("", _("不指定")), *departments])


class ArticleForm(KeepersForm):
    """An edition, and with a new article whose it is."""

    title = words(_("标题"), most=rules.TITLE_LONGEST, hint=_("写客户要办的事，例如「滤芯多久更换一次」。"))
    topic = words(_("主题"), most=rules.TOPIC_LONGEST, hint=_("帮助中心按主题分组。"))
    visibility = forms.ChoiceField(
        label=_("谁能看"), choices=Visibility.choices, initial=Visibility.STAFF.value
    )
    asked = words(
        _("客户的问法"),
        required=False,
        most=rules.MOST_PHRASES * (rules.PHRASE_LONGEST + 2),
        rows=5,
        hint=_("一行一种，用客户自己的话。问法越多，越容易答上来。"),
    )
    body = words(
        _("正文"),
        most=rules.BODY_LONGEST,
        rows=16,
        hint=_("Markdown：# 标题、- 列表、**加粗**、表格和链接。"),
    )
    review_months = forms.IntegerField(
        label=_("多久复核一次（月）"),
        min_value=1,
        max_value=rules.MOST_MONTHS,
        initial=rules.REVIEW_MONTHS,
        widget=forms.NumberInput(attrs=INPUT),
    )
    note = words(_("这一版改了什么"), required=False, most=200)
    field_order = ("title", "topic", "visibility", "asked", "body", "note")

    def __init__(self, *args: Any, article: Article | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if article is not None:
            for name in ("owner", "editor", "department", "review_months"):
                del self.fields[name]
        else:
            del self.fields["note"]

    @staticmethod
    def initial_of(edition: ArticleEdition) -> dict[str, Any]:
        """The form of what an edition says."""
        values = {name: getattr(edition, name) for name in ("title", "topic", "visibility", "body")}
        note = edition.note if edition.is_open else ""
        return {**values, "asked": "\n".join(edition.asked), "note": note}

    def text(self) -> Text:
        """What was typed, as the actions take it."""
        data = self.cleaned_data
        return Text(
            title=data["title"],
            body=data["body"],
            topic=data["topic"],
            visibility=data["visibility"],
            asked=tuple(data["asked"].splitlines()),
            note=data.get("note", ""),
        )


class NothingForm(Form):
    """An act that asks for nothing."""


class ReturnForm(Form):
    remark = words(_("要改什么"), rows=3)


class ReviewForm(Form):
    """The article is still right."""

    months = forms.IntegerField(
        label=_("几个月后再复核"),
        min_value=1,
        max_value=rules.MOST_MONTHS,
        widget=forms.NumberInput(attrs=INPUT),
    )
    remark = words(_("复核说明"), required=False, rows=3)


class SourceForm(Form):
    what = words(_("什么变了"), rows=3, hint=_("例如：保修政策自 7 月起改为两年。"))


class WithdrawForm(Form):
    reason = words(_("为什么撤下"), rows=3)


class WordsForm(Form):
    """The company's own words that mean the same."""

    synonyms = words(
        _("近义词"),
        required=False,
        most=rules.WORDS_LONGEST,
        rows=14,
        hint=_("一行一组，用空格隔开，例如：退钱 退款 返款。"),
    )
