"""Founding the installation over the API: the first run for a program that sets a machine up."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Field, Router, Status
from pydantic import SecretStr

from keyue.operations.first_run import gate
from keyue.operations.first_run.document import EXAMPLE, FoundingIn
from keyue.operations.first_run.headless import Started, found_by, refuse_if_founded
from keyue.people.api import Out, at_of, shown, without_token

router = Router(tags=["start"])


class StartIn(FoundingIn):
    """Everything that the first run asks, and the start code that `keyue serve` prints."""

    model_config = shown(examples=[{"code": "K7P2M9XQ", **EXAMPLE}])

    code: SecretStr = Field(max_length=40)


class PasswordOut(Out):
    """A first password, told once; it has to be changed at the first sign-in."""

    name: str
    username: str
    password: str


class InstallationOut(Out):
    """What was founded, and what is still missing."""

    company: str
    administrator: str = Field(description="username of the system administrator, who can sign in now")
    passwords: list[PasswordOut]
    empty_posts: list[str] = Field(
        description="posts that the regulations hold responsible and nobody stands behind"
    )


@router.post("", response={201: InstallationOut}, auth=None, summary="Found the installation")
@without_token
def found_installation(request: HttpRequest, payload: StartIn) -> Status:
    """Set up the company, once, with the start code instead of a token. Everything or nothing is written."""
    refuse_if_founded()
    gate.check_code(payload.code.get_secret_value(), at=at_of(request))
    done: Started = found_by(payload, at=at_of(request))
    passwords = [{"name": n, "username": u, "password": p} for n, u, p in done.passwords]
    return Status(
        201,
        {
            "company": done.company,
            "administrator": done.administrator,
            "passwords": passwords,
            "empty_posts": done.empty_posts,
        },
    )
