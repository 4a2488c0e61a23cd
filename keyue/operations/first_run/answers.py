"""What was answered so far, kept between the steps in the visitor's session, encrypted: passwords are among it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, cast

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.http import HttpRequest

from keyue.people import names
from keyue.regulations.document import Document
from keyue.regulations.packs import ABOVE, ready_packs

KEPT = "first_run"
DONE = "first_run_done"
DONE_FOR = timedelta(hours=1)
DRAFTS = "drafts"
STEPS = ("company", "administrators", "staff", "hours", "regulations", "roles", "check")
ADMINISTRATORS = ("system", "security", "audit")
# the system role that goes with a post, where the founder lets it
ROLE_OF_POST = {
    "service_desk": "service_agent",
    "service_supervisor": "service_supervisor",
    "service_head": "executive",
}


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person of the answers, from whichever step."""

    username: str
    name: str
    department: str = ""
    role: str = ""


class Answers:
    """The answers by step; a step that is missing has not been answered."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data: dict[str, Any] = dict(data)

    def step(self, name: str) -> dict[str, Any]:
        """What a step was answered; nothing where it was not."""
        return cast(dict[str, Any], self.data.get(name) or {})

    def shown(self, name: str) -> dict[str, Any]:
        """What the page of a step shows: what was typed there last, good or not yet, else what it was answered."""
        drafts = self.data.get(DRAFTS) or {}
        return cast(dict[str, Any], drafts[name] if name in drafts else self.step(name))

    def unsaved(self) -> list[str]:
        """Steps that were answered and then changed into something that is not good yet: the answer still counts."""
        return [step for step in STEPS if step in self.data and step in (self.data.get(DRAFTS) or {})]

    def next_step(self) -> str:
        """The first step that is still to be answered."""
        return next((step for step in STEPS[:-1] if step not in self.data), STEPS[-1])

    def may_open(self, step: str) -> bool:
        """Whether all steps before this one are answered."""
        return STEPS.index(step) <= STEPS.index(self.next_step())

    @property
    def company(self) -> str:
        return str(self.step("company").get("company", ""))

    # --- people ---

    def people(self) -> list[Somebody]:
        """Everybody named so far: staff by hand, staff of the sheet, administrators."""
        return list(self._people())

    def _people(self) -> Iterator[Somebody]:
        for row in self.step("staff").get("rows", []):
            yield Somebody(row["username"], row["name"], row.get("department", ""), row.get("role", ""))
        for _line, values in self.sheet():
            username, name = values.get("username", "").strip().lower(), values.get("name", "")
            yield Somebody(username, name, values.get("department", ""))
        step = self.step("administrators")
        for key in ("quality", *ADMINISTRATORS):
            person = step.get(key)
            if person and not (key == "security" and step.get("joined")):
                yield Somebody(person["username"], person["name"])

    def sheet(self) -> list[tuple[int, dict[str, str]]]:
        """The rows of the staff sheet, each with its line."""
        return [(line, values) for line, values in self.step("staff").get("sheet", [])]

    def departments(self) -> list[tuple[str, str, str]]:
        """(code, name, code of the one above) of the departments, a parent before its children."""
        return list(self._departments().values())

    def _departments(self) -> dict[str, tuple[str, str, str]]:
        found: dict[str, tuple[str, str, str]] = {}
        taken = {"company", *post_codes()}
        for path in self.step("staff").get("departments", []):
            above = ""
            parts = [part.strip() for part in str(path).split("/") if part.strip()]
            for depth in range(len(parts)):
                whole = "/".join(parts[: depth + 1])
                if whole not in found:
                    code = _free(names.code_from(parts[depth]), taken)
                    taken.add(code)
                    found[whole] = code, parts[depth], above
                above = found[whole][0]
        return found

    def department_code(self, name: str) -> str:
        """The code of a department by its path, else by its name; empty for the company itself."""
        known = self._departments()
        wanted = [part.strip() for part in name.split("/")]
        path = "/".join(wanted)
        if path in known:
            return known[path][0]
        return next((code for code, label, _above in known.values() if label == wanted[-1]), "")

    # --- regulations and posts ---

    def adopted(self) -> list[Document]:
        """The ready regulations that were chosen."""
        chosen = self.step("regulations")
        return [pack for pack in ready_packs() if chosen.get(pack.id, {}).get("adopt")]

    def posts(self) -> list[tuple[str, str]]:
        """(code, name) of the posts that the chosen regulations hold responsible, highest first."""
        found: dict[str, str] = {}
        for pack in self.adopted():
            for code in pack.posts_named():
                found.setdefault(code, pack.roles.get(code, code))
        order = [*reversed(ABOVE), "service_head"]
        ranked = sorted(found, key=lambda code: (_height(code), order.index(code) if code in order else 99))
        return [(code, found[code]) for code in ranked]

    def holders(self, code: str) -> list[str]:
        """Sign-in names of who stands behind a post."""
        known = {person.username for person in self.people()}
        return [name for name in self.step("roles").get("holders", {}).get(code, []) if name in known]

    def likely(self, code: str) -> list[str]:
        """Who has the role that goes with a post: what is proposed before anybody is named."""
        role = ROLE_OF_POST.get(code)
        return [person.username for person in self.people() if role and person.role == role]

    def empty_posts(self) -> list[str]:
        """Names of the posts behind which nobody stands."""
        return [name for code, name in self.posts() if not self.holders(code)]


def _height(code: str) -> int:
    height = 0
    while code in ABOVE:
        code, height = ABOVE[code], height + 1
    return height


def _free(base: str, taken: set[str]) -> str:
    code, n = base, 2
    while code in taken:
        code, n = f"{base[:37]}_{n}", n + 1
    return code


def post_codes() -> set[str]:
    """Codes that ready regulations use for posts: no department gets them."""
    return {code for pack in ready_packs() for code in [*pack.roles, pack.keeper] if code}


# --- between the steps ---


def _box() -> Fernet:
    key = sha256(f"first-run:{settings.SECRET_KEY}".encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))


def _sealed(value: object) -> str:
    return _box().encrypt(json.dumps(value, ensure_ascii=False).encode()).decode()


def _opened(sealed: object) -> Any:
    try:
        return json.loads(_box().decrypt(str(sealed).encode())) if sealed else None
    except (InvalidToken, ValueError):
        return None


def load(request: HttpRequest) -> Answers:
    """The answers of this visitor."""
    return Answers(_opened(request.session.get(KEPT)) or {})


def save(request: HttpRequest, step: str, said: Mapping[str, Any]) -> Answers:
    """Keep the answer to a step; the other steps stay as they are."""
    answers = load(request)
    answers.data[step] = dict(said)
    answers.data.get(DRAFTS, {}).pop(step, None)
    if step == "administrators":
        answers.data.pop("administrators_half", None)
    request.session[KEPT] = _sealed(answers.data)
    return answers


def save_draft(request: HttpRequest, step: str, said: Mapping[str, Any]) -> None:
    """Keep what was typed into a step, as it is: whoever comes back to it finds it again."""
    answers = load(request)
    answers.data.setdefault(DRAFTS, {})[step] = dict(said)
    request.session[KEPT] = _sealed(answers.data)


# --- the end ---


def finish(request: HttpRequest, end: Mapping[str, Any], *, at: datetime) -> None:
    """Everything is set up: the answers go, the last page stays for an hour with who founded the company.

    Inside the founding's transaction: whoever finds a company finds this page too, however often they pressed.
    """
    del request.session[KEPT]
    request.session[DONE] = _sealed({"at": at.isoformat(), "page": dict(end)})
    request.session.save()


def end_of(request: HttpRequest, *, at: datetime) -> dict[str, Any] | None:
    """The last page, for the browser that founded the company; the session is read anew, another request may have."""
    session = type(request.session)(request.session.session_key)
    kept = _opened(session.get(DONE))
    if not kept or at - datetime.fromisoformat(kept["at"]) > DONE_FOR:
        return None
    return cast(dict[str, Any], kept["page"])


def put_away(request: HttpRequest) -> None:
    """The one-time passwords were noted: nothing is kept."""
    request.session.flush()
