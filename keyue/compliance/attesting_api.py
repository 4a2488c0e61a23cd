"""Statements of the company over the REST API."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Field, Path, Router, Status

from keyue.cases.sending import Files, uploads
from keyue.compliance import statements
from keyue.compliance.actions.attesting import LONGEST_REMARK, attest
from keyue.compliance.api import Regulation
from keyue.people.api import In, Out, at_of, by_of, needs, shown, user_of
from keyue.people.enums import Permission

router = Router(tags=["regulations"])
Control = Annotated[str, Path(max_length=60, examples=["secrecy_pledge"])]


class AttestationIn(In):
    """A statement: its sentence exactly as the edition in force has it, and what proves it."""

    model_config = shown(
        examples=[
            {
                "statement": "个人信息的权限已逐一核对。",
                "files": [{"name": "核对表.txt", "content": "5bey5qC45a+5"}],
            }
        ]
    )

    statement: str = Field(max_length=2000)
    remark: str = Field("", max_length=LONGEST_REMARK)
    proof: str = Field(
        "", max_length=20, description="what the files are: a kind of evidence that the control asks for"
    )
    files: Files


class AttestationOut(Out):
    """A statement that somebody made; `state` is holds, expired, followed (by a newer one) or taken_back."""

    id: int
    regulation: str
    control: str
    edition: int
    statement: str | None = Field(description="null where it cannot be opened any more")
    remark: str
    made_at: datetime
    made_by: str = Field(description="name of who signed")
    valid_until: datetime | None = Field(description="null where it does not expire")
    state: str
    files: list[str]


@router.get(
    "/{regulation}/controls/{control}/attestations",
    response=list[AttestationOut],
    summary="The statements that were made for a control",
)
@needs(Permission.REGULATION_VIEW)
def attestation_list(request: HttpRequest, regulation: Regulation, control: Control) -> list[dict[str, Any]]:
    """The newest first. 404 where the edition in force asks for no such statement."""
    _reading, found = statements.asked_for(regulation, control, at=at_of(request))
    return [_out(row) for row in statements.rows_for(regulation, found, at=at_of(request))]


@router.post(
    "/{regulation}/controls/{control}/attestations",
    response={201: AttestationOut},
    summary="Make a statement of the company",
)
@needs(Permission.REGULATION_VIEW)
def make_attestation(
    request: HttpRequest, regulation: Regulation, control: Control, payload: AttestationIn
) -> Status[dict[str, Any]]:
    """201 with the statement. 403 for who does not stand behind its owner, 409 `conflict` where the sentence is another
    one by now, and 409 `not_proven` without the proof that the control asks for."""
    user, at = user_of(request), at_of(request)
    row = attest(
        regulation=regulation,
        control=control,
        words=payload.statement,
        files=uploads(payload.files, user),
        remark=payload.remark,
        proof=payload.proof,
        user=user,
        by=by_of(request),
        at=at,
        source="api",
    )
    _reading, found = statements.asked_for(regulation, control, at=at)
    made = next(one for one in statements.rows_for(regulation, found, at=at) if one.statement.pk == row.pk)
    return Status(201, _out(made))


def _out(row: statements.StatementRow) -> dict[str, Any]:
    kept = row.statement
    return {
        "id": kept.pk,
        "regulation": kept.regulation_id,
        "control": kept.control,
        "edition": kept.edition,
        "statement": row.words,
        "remark": row.remark,
        "made_at": kept.made_at,
        "made_by": row.name,
        "valid_until": row.until,
        "state": row.state,
        "files": [file.name for file in row.files],
    }
