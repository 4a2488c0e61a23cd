"""What a regulation leaves to the company, and the ready regulations, over the REST API."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Field, Path, Router, Status
from pydantic import StrictInt

from keyue.compliance import edition_words as words
from keyue.compliance.api import Regulation
from keyue.compliance.editions_api import AudienceIn
from keyue.compliance.forms import answer_words
from keyue.kernel.errors import Invalid, NotFound
from keyue.people import selectors as people
from keyue.people.api import VIA, In, Instant, Out, at_of, by_of, needs, shown
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.regulations import actions, ladder
from keyue.regulations import selectors as regulations
from keyue.regulations.answering import LONGEST, Asked, asked, read_answers
from keyue.regulations.document import Document
from keyue.regulations.models import Edition

router = Router(tags=["regulations"])
LARGEST_REVISION = 2**31 - 1
Answers = dict[
    Annotated[str, Field(max_length=120)], Annotated[str, Field(max_length=LONGEST)] | dict[str, Any] | None
]
ANSWERS = "by the key of a question: `2 days`, `PT30M`, or as people say it in Chinese; null switches it off"
STARTS = "not before now; at once where absent"


class QuestionOut(Out):
    """What a control leaves to the company; without an answer it makes no promise."""

    key: str = Field(examples=["progress.every"])
    control: str
    name: str
    clause: str = Field(examples=["4.5.1"])
    question: str
    answer: str | dict[str, Any] | None = Field(
        description="as the regulation writes it; null: not switched on"
    )
    said: str = Field(description="the answer in words")


class QuestionsOut(Out):
    """The questions of the newest edition, in force or announced."""

    regulation: str
    title: str
    edition: int
    state: str = Field(
        description="`published`, or `submitted` where the company's steps of approval decide first"
    )
    effective_from: datetime | None
    published_at: datetime | None
    published_by: str
    questions: list[QuestionOut]


class AnswersIn(In):
    """Answers to a regulation; `edition` is the number of the one that was read. What is not named stays."""

    model_config = shown(examples=[{"edition": 1, "answers": {"progress.every": "2 天"}}])

    edition: StrictInt = Field(ge=1, le=LARGEST_REVISION)
    answers: Answers = Field(description=ANSWERS)
    effective_from: Instant | None = Field(None, description=STARTS)


class PostOut(Out):
    """A post or department that a ready regulation names; `kind` is empty where it is not there yet."""

    code: str
    name: str
    kind: str = Field(description="`post`, `department` or empty")
    people: list[str] = Field(description="sign-in names of who stands behind it")


class PackOut(Out):
    """A ready regulation that comes with the product."""

    id: str = Field(examples=["construction"])
    code: str
    title: str
    clauses: int
    controls: int
    adopted: bool
    questions: list[QuestionOut]
    posts: list[PostOut]


class AdoptionIn(AudienceIn):
    """The adoption of a ready regulation. Posts that it names and that are not there are made."""

    model_config = shown(
        examples=[{"answers": {"manager_progress.every": "2 天"}, "posts": {"service_head": ["gu"]}}]
    )

    answers: Answers = Field(default_factory=dict, description=ANSWERS)
    posts: dict[Annotated[str, Field(max_length=60)], list[Annotated[str, Field(max_length=64)]]] = Field(
        default_factory=dict,
        description="sign-in names by the code of a post; only for posts behind which nobody stands",
    )
    effective_from: Instant | None = Field(None, description=STARTS)


@router.get("/packs", response=list[PackOut], summary="The ready regulations that come with the product")
@needs(Permission.REGULATION_ADOPT)
def pack_list(request: HttpRequest) -> list[dict[str, Any]]:
    """With their questions, and the posts that they name."""
    waiting = {document.id for document in regulations.packs_to_adopt()}
    return [
        {
            "id": document.id,
            "code": document.code,
            "title": document.title,
            "clauses": len(document.clauses),
            "controls": len(document.blocks),
            "adopted": document.id not in waiting,
            "questions": [_question(one) for one in asked(document, {})],
            "posts": [
                {
                    "code": post.code,
                    "name": post.name,
                    "kind": post.kind,
                    "people": [person.username for person in post.people],
                }
                for post in regulations.posts_named(document, at_of(request))
            ],
        }
        for document in regulations.sound_packs()
    ]


@router.post("/packs/{pack}/adoption", response={201: QuestionsOut}, summary="Adopt a ready regulation")
@needs(Permission.REGULATION_ADOPT)
def adopt_regulation(
    request: HttpRequest,
    pack: Annotated[str, Path(max_length=60, examples=["construction"])],
    payload: AdoptionIn,
) -> Status[dict[str, Any]]:
    """201 with its first edition. 409 `adopted` where the company has it already."""
    document = regulations.pack_to_adopt(pack)
    answers = _answers(document, payload.answers)
    try:
        edition = actions.adopt_ready(
            document=document,
            effective_from=payload.effective_from or at_of(request),
            answers={key: value for key, value in answers.items() if value is not None},
            holders=holders_of(payload.posts),
            audience=payload.audience,
            by=by_of(request),
            at=at_of(request),
            source=VIA,
        )
    except Invalid as error:
        fields = {f"posts.{name}" if name in payload.posts else name: s for name, s in error.fields.items()}
        raise Invalid(error.message, fields=fields) from error
    return Status(201, _edition(edition))


@router.get(
    "/{regulation}/questions", response=QuestionsOut, summary="What a regulation leaves to the company"
)
@needs(Permission.REGULATION_VIEW)
def regulation_questions(request: HttpRequest, regulation: Regulation) -> dict[str, Any]:
    """Every question with its answer, also those that are answered."""
    return _edition(_newest(regulation))


@router.post(
    "/{regulation}/answers",
    response={200: QuestionsOut, 201: QuestionsOut, 202: QuestionsOut},
    summary="Answer what a regulation leaves to the company",
)
@needs(Permission.REGULATION_ADOPT)
def answer_regulation(
    request: HttpRequest, regulation: Regulation, payload: AnswersIn
) -> Status[dict[str, Any]]:
    """201 with the edition of the same text that follows; 200 with the one there is, where it says the same. Running
    promises keep the edition under which they were made. Another edition since `edition`: 409 `conflict`.

    202 where the company has steps of approval and the regulation runs: the answers are a draft that was submitted to
    them, and what is in force stays until it is announced.
    """
    newest = _newest(regulation)
    edition = actions.answer_questions(
        regulation=regulation,
        answers=_answers(regulations.read(newest).document, payload.answers),
        effective_from=payload.effective_from or at_of(request),
        revision=payload.edition,
        by=by_of(request),
        at=at_of(request),
        source=VIA,
    )
    if edition.published_at is None:
        return Status(202, _edition(edition))
    return Status(200 if edition.n == payload.edition else 201, _edition(edition))


def holders_of(names: dict[str, list[str]]) -> dict[str, list[User]]:
    """People by the code of a post. Raises Invalid for a sign-in name of nobody."""
    found: dict[str, list[User]] = {}
    faults: dict[str, object] = {}
    for code, usernames in names.items():
        for n, username in enumerate(usernames):
            user = people.by_username(username)
            if user is None:
                faults[f"posts.{code}.{n}"] = _("没有工号为「%(name)s」的员工。") % {"name": username}
            else:
                found.setdefault(code, []).append(user)
    if faults:
        raise Invalid(_("有 %(n)d 处需要修改。") % {"n": len(faults)}, fields=faults)
    return found


def _answers(document: Document, given: dict[str, Any]) -> dict[str, Any]:
    try:
        return read_answers(document, given)
    except Invalid as error:
        raise Invalid(
            error.message, fields={f"answers.{key}": said for key, said in error.fields.items()}
        ) from error


def _newest(regulation: str) -> Edition:
    newest = regulations.newest_edition(regulation)
    if newest is None:
        raise NotFound(_("没有这项制度，或还没有采用。"))
    return newest


def _question(one: Asked) -> dict[str, Any]:
    question = one.question
    return {
        "key": question.key,
        "control": question.control,
        "name": question.name,
        "clause": question.clause,
        "question": question.text,
        "answer": one.answer,
        "said": answer_words(one),
    }


def _edition(edition: Edition) -> dict[str, Any]:
    document = regulations.read(edition).document
    return {
        "regulation": document.id,
        "title": document.title,
        "edition": edition.n,
        "state": ladder.stage(edition),
        "effective_from": edition.effective_from,
        "published_at": edition.published_at,
        "published_by": words.doer_name(edition.published_by) if edition.published_at else "",
        "questions": [_question(one) for one in asked(document, edition.answers)],
    }
