"""The body of each act over the API, made from the act's own form: what the one knows, the other asks for.

Bodies say which fields there are and of which type; what the fields may say is the form's to judge, so that the
sentence about a fault is the same on a page and in a problem document.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal, cast

from django import forms as django_forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from pydantic import Field, StrictBool, StrictInt, create_model

from keyue.cases import forms
from keyue.cases.acts import REVISED, Act
from keyue.cases.sending import FileIn, uploads
from keyue.people.api import In, Instant, shown
from keyue.people.models import User

LONGEST = 20_000
NOT_OF_THE_FORM = frozenset({"at", "rev", "files"})

SUMMARIES: Mapping[str, str] = {
    "classify": "Sort into a type and a category, the first time",
    "reclassify": "Sort again",
    "review": "Say whether it is valid",
    "assess": "Score severity, reach and consequence",
    "change_level": "Change the level, with a reason",
    "hold_meeting": "Save the minutes of the special meeting",
    "report_urgent": "Report an urgent matter to the superior",
    "acknowledge_urgent": "Acknowledge an urgent report",
    "assign": "Assign a lead and collaborating departments",
    "reassign": "Assign another lead, with a reason",
    "return_task": "Give the task back, with a reason",
    "give_task": "Give a collaborating department a task",
    "ask_support": "Ask technical support a question",
    "finish_task": "Finish a collaborating department's task",
    "file_plan": "File the plan",
    "give_eta": "Tell the customer when it will be solved",
    "solve": "Record the solution",
    "report_result": "Report the result to service",
    "tell_result": "Tell the customer the result",
    "reply": "Write or speak to the customer",
    "wait": "Stop the clock, with a request to the customer",
    "resume": "Let the clock run again",
    "follow_up": "Ask the customer whether they are satisfied",
    "note_follow_up": "Note how the department is getting on",
    "note": "Write an internal note",
    "reopen": "Begin a new round, with a reason",
    "record_cause": "Record root cause and prevention",
    "close": "Close a case whose customer is satisfied",
    "request_exit": "Ask for an end other than satisfaction",
    "decide_exit": "Approve or decline such an end",
    "withdraw": "Record that the customer takes it back",
    "merge": "Merge into another case",
}
_WORD = {"via": "call", "spoke_to": "周叙白"}
EXAMPLES: Mapping[str, Mapping[str, Any]] = {
    "classify": {"type": "complaint", "category": "product"},
    "reclassify": {"type": "complaint", "category": "service"},
    "review": {"valid": True},
    "assess": {"severity": 2, "reach": 1, "consequence": 1},
    "change_level": {"level": "serious", "reason": "又有两处出现同样的情况"},
    "hold_meeting": {"minutes": "停用该批次膜壳，逐台排查。", "attendees": "许南乔、何苒"},
    "report_urgent": {"text": "客户今晚停产，请尽快协调。"},
    "acknowledge_urgent": {},
    "assign": {"lead": "engineering", "collaborators": ["quality"], "note": "请先电话联系客户"},
    "reassign": {"lead": "quality", "reason": "原因在来料"},
    "return_task": {"reason": "不属于本部门负责的设备"},
    "give_task": {"department": "quality", "what": "复检留样", "due": "2026-11-23T18:00:00+08:00"},
    "ask_support": {
        "department": "engineering",
        "what": "报警代码 E17 是什么意思？",
        "due": "2026-11-23T16:00:00+08:00",
    },
    "finish_task": {"task_id": 1, "result": "复检合格"},
    "file_plan": {
        "body": "清洗膜组，更换端板密封圈。",
        "steps": [{"what": "清洗", "who": "陈砚", "until": "明天 12:00"}],
    },
    "give_eta": {**_WORD, "body": "周五前恢复", "eta": "2026-11-27T18:00:00+08:00"},
    "solve": {"result": "更换密封圈，浊度 0.1 NTU"},
    "report_result": {"result": "已恢复，客户现场确认"},
    "tell_result": {**_WORD, "body": "已更换密封圈，恢复正常"},
    "reply": {"via": "portal", "body": "已收到，工程师明天上午到场。"},
    "wait": {"via": "portal", "body": "请补充设备铭牌照片。", "reason": "customer"},
    "resume": {"note": "客户已补充照片"},
    "follow_up": {**_WORD, "outcome": "satisfied", "note": "满意，没有其他要求"},
    "note_follow_up": {"text": "工程服务部已出发"},
    "note": {"text": "客户是老客户"},
    "reopen": {"reason": "客户来电，问题又出现"},
    "record_cause": {"cause": "quality", "explanation": "密封圈老化", "prevention": "每季度检查"},
    "close": {},
    "request_exit": {"exit": "declined", "reason": "客户表示不再追究"},
    "decide_exit": {"approve": True},
    "withdraw": {**_WORD, "note": "已经自己解决，不用来了"},
    "merge": {"into": "TS-2611-000141"},
}


class Step(In):
    """A step of a plan."""

    what: str = Field(max_length=500)
    who: str = Field("", max_length=500)
    until: str = Field("", max_length=500)


def body_of(act: Act) -> type[In]:
    """The body of an act: the fields of its form, when it happened, and the revision that was read."""
    fields: dict[str, Any] = {name: _field(name, field, act) for name, field in act.form.base_fields.items()}
    fields["at"] = (
        Instant | None,
        Field(
            None,
            description=(
                "when it happened; now where absent. More than a day ago, or so early that an overdue promise would be "
                "kept after all, only with a file that shows it: else 409 `backdated_without_proof`"
            ),
        ),
    )
    if act.code in REVISED:
        fields["rev"] = (
            StrictInt | None,
            Field(
                None,
                ge=0,
                description="the `rev` that was read: 409 `conflict` if the case has changed since",
            ),
        )
    name = "".join(part.title() for part in act.code.split("_"))
    config = shown(examples=[dict(EXAMPLES[act.code])])
    base = type(f"{name}Base", (In,), {"model_config": config, "__module__": __name__})
    return create_model(f"{name}Act", __base__=base, __doc__=f"{SUMMARIES[act.code]}.", **fields)


def _field(name: str, field: django_forms.Field, act: Act) -> tuple[Any, Any]:
    options: dict[str, Any] = {"description": str(field.label) if field.label else None}
    annotation = _type_of(name, field)
    if annotation is str:
        annotation = Annotated[str, Field(max_length=getattr(field, "max_length", None) or LONGEST)]
    if field.required and name != "files":
        return annotation, Field(**options)
    if str(annotation).startswith("list"):
        return annotation, Field(default_factory=list, **options)
    return annotation, Field("", **options)


def _type_of(name: str, field: django_forms.Field) -> Any:
    if isinstance(field, forms.FilesField):
        return list[FileIn]
    if name == "steps":
        return list[Step]
    if isinstance(field, django_forms.DateTimeField):
        return Instant
    if isinstance(field, django_forms.MultipleChoiceField):
        return list[Annotated[str, Field(max_length=60)]]
    if isinstance(field, django_forms.ChoiceField):
        return _type_of_choice(field)
    return str


def _type_of_choice(field: django_forms.ChoiceField) -> Any:
    values = [value for value, _label in cast(Any, field.choices)]
    if set(values) == {"true", "false"}:
        return StrictBool
    if isinstance(field, django_forms.TypedChoiceField) and field.coerce is int:
        return Annotated[StrictInt, Field(ge=values[0], le=values[-1])] if values else StrictInt
    # a choice that depends on the case is any text here, and the form's to judge
    return Literal[tuple(values)] if values else str


def form_data(body: In) -> QueryDict:
    """A body as a form would send it: lists as repeated fields, true and false as words, instants as ISO text."""
    data = QueryDict(mutable=True)
    for name, value in body.model_dump(exclude_unset=True, exclude=set(NOT_OF_THE_FORM)).items():
        if isinstance(value, list) and not any(isinstance(item, dict) for item in value):
            data.setlist(name, value)
        elif isinstance(value, list):
            data[name] = json.dumps(value, ensure_ascii=False)
        elif isinstance(value, bool):
            data[name] = "true" if value else "false"
        elif hasattr(value, "isoformat"):
            data[name] = value.isoformat()
        else:
            data[name] = str(value)
    return data


def form_files(body: In, user: User) -> MultiValueDict[str, Any]:
    """The files of a body as a form would send them, and of those that this person sent ahead."""
    files: list[FileIn] = getattr(body, "files", [])
    found = [SimpleUploadedFile(upload.name, upload.content) for upload in uploads(files, user)]
    return MultiValueDict({"files": found} if found else {})
