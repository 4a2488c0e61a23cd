"""Writing a draft on screen: the form of a control, its block as text, and the words of a clause."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from keyue.compliance.actions import clauses as actions
from keyue.compliance.clause_forms import ClauseForm, ControlTextForm
from keyue.compliance.control_forms import ControlForm, Offered, typed_from
from keyue.compliance.control_sentences import Look, look_at
from keyue.compliance.pages import below_edition, draft_url
from keyue.compliance.typed_controls import Built, Typed, built, typed_of, without_row
from keyue.kernel.errors import Invalid, NotFound, Refused
from keyue.people import selectors as people
from keyue.people.enums import Permission
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest, actor_of
from keyue.regulations import ladder
from keyue.regulations import selectors as regulations
from keyue.regulations.blocks import parsed
from keyue.regulations.document import Document, read_document
from keyue.regulations.kinds import KIND_MEANINGS, KIND_NAMES, ControlKind
from keyue.regulations.models import Edition
from keyue.regulations.writing import clause_of, clause_parts, control_text, control_values
from keyue.ui import wording
from keyue.ui.components import Tab
from keyue.ui.pages import CONFLICT, MISTAKEN, go, is_fragment
from keyue.worktime import selectors as worktime
from keyue.worktime.calendar import COMPANY_CALENDAR

GONE = "control_gone"


# ── the form of a control ─────────────────────────────────────────────────────────────────────────────────────


@require_http_methods(["GET", "POST"])
@staff_page(Permission.REGULATION_EDIT)
def control_new(request: StaffRequest, regulation: str, n: int, number: str = "") -> HttpResponse:
    """Pick a clause and a kind, then fill in the form; the control goes to the end of the clause."""
    edition = _draft(regulation, n)
    if not number:
        return _clauses(request, edition)
    _clause(edition, number)
    kind = request.POST.get("kind") or request.GET.get("kind") or ""
    if kind not in {str(one) for one in ControlKind}:
        return _kinds(request, edition, number)
    return _control(request, edition, number, None, {"kind": kind})


@require_http_methods(["GET", "POST"])
@staff_page(Permission.REGULATION_EDIT)
def control_edit(request: StaffRequest, regulation: str, n: int, control: str) -> HttpResponse:
    """Change a control of a draft."""
    edition = _draft(regulation, n)
    number, raw = _clause_of(edition, control), control_values(edition.source, control)
    return _control(request, edition, number, control, typed_of(raw, wording.tongue()), before=raw)


def _clauses(request: StaffRequest, edition: Edition) -> HttpResponse:
    """The clauses of a draft, each with the ways to write it."""
    args = [edition.regulation_id, edition.n]
    document = read_document(edition.source)
    context = {
        **_around(edition, "", _("选择条款")),
        "rows": [
            (
                clause,
                reverse("regulations:clause_edit", args=[*args, clause.number]),
                reverse("regulations:control_new", args=[*args, clause.number]),
                [
                    (
                        block.raw.get("name") or block.id,
                        reverse("regulations:control_edit", args=[*args, block.id]),
                    )
                    for block in document.blocks
                    if block.clause == clause.number and block.id
                ],
            )
            for clause in document.clauses
            if clause.number
        ],
    }
    return render(request, "compliance/control_clauses.html", context)


def _kinds(request: StaffRequest, edition: Edition, number: str) -> HttpResponse:
    here = reverse("regulations:control_new", args=[edition.regulation_id, edition.n, number])
    context = {
        **_around(edition, number, _("添加控制")),
        "kinds": [
            (KIND_NAMES[kind], KIND_MEANINGS[kind], f"{here}?kind={kind}", n)
            for n, kind in enumerate(ControlKind, start=1)
        ],
        "text_url": reverse("regulations:control_text_new", args=[edition.regulation_id, edition.n, number]),
    }
    return render(request, "compliance/control_kinds.html", context)


def _control(
    request: StaffRequest,
    edition: Edition,
    number: str,
    control: str | None,
    first: Typed,
    before: Mapping[str, Any] | None = None,
) -> HttpResponse:
    page = _ControlPage(request, edition, number, control, before)
    if request.method != "POST":
        return page.shown(first, checks=control is not None)
    typed = typed_from(request.POST)
    act = request.POST.get("act", "save")
    if act.startswith("drop:"):
        rest, gone = without_row(typed, act.removeprefix("drop:"))
        return page.shown(rest, gone=gone)
    if act == "restore":
        return page.shown({**typed, **_json(request.POST.get("gone", ""))})
    if act in ("save", "keep"):
        return page.save(typed, even_with_faults=act == "keep")
    if act == "look":
        return page.looked(typed)
    return page.shown(typed)


class _ControlPage:
    """One request about one control."""

    def __init__(
        self,
        request: StaffRequest,
        edition: Edition,
        number: str,
        control: str | None,
        before: Mapping[str, Any] | None,
    ) -> None:
        self.request, self.edition, self.number, self.control = request, edition, number, control
        self.before = before
        self.document = read_document(edition.source)
        self.offered = offered_for(self.document)

    def built(self, typed: Typed) -> Built:
        return built(typed, self.before, wording.tongue())

    def look(self, typed: Typed, found: Built | None = None) -> Look:
        made = found or self.built(typed)
        return look_at(
            self.edition.source,
            self.number,
            made.raw,
            replacing=self.control,
            names=self.offered.owners,
            typed_faults=made.faults,
        )

    def save(self, typed: Typed, *, even_with_faults: bool) -> HttpResponse:
        made = self.built(typed)
        look = self.look(typed, made)
        # what could not be understood cannot be kept either: nothing would stand in its place
        if not look.is_sound and not (even_with_faults and look.may_be_kept):
            return self.shown(typed, look=look, status=MISTAKEN)
        try:
            actions.save_control(
                edition=self.edition,
                clause=self.number,
                raw=made.raw,
                replacing=self.control,
                seen=self.request.POST.get("seen", ""),
                by=actor_of(self.request),
                at=self.request.at,
            )
        except Refused as error:
            return self.shown(typed, look=look, refused=str(error), status=CONFLICT)
        name = made.raw.get("name") or made.raw.get("id")
        return _back(self.request, self.edition, self.number, _("「%(name)s」已存入草案。") % {"name": name})

    def looked(self, typed: Typed) -> HttpResponse:
        """The sentence and what is wrong, for the page that stands."""
        look = self.look(typed)
        return render(self.request, "compliance/control_edit.html#looked", self.context(typed, look))

    def shown(
        self,
        typed: Typed,
        *,
        checks: bool = True,
        gone: Typed | None = None,
        look: Look | None = None,
        refused: str = "",
        status: int = 200,
    ) -> HttpResponse:
        seen = look or (self.look(typed) if checks else None)
        context = self.context(typed, seen) | {"refused": refused, "gone": json.dumps(gone) if gone else ""}
        if status == CONFLICT:
            context["seen"] = actions.block_digest(_source_now(self.edition), self.control)
        part = "#form" if is_fragment(self.request) else ""
        return render(self.request, f"compliance/control_edit.html{part}", context, status=status)

    def context(self, typed: Typed, look: Look | None) -> dict[str, Any]:
        edition, control = self.edition, self.control
        name = str((self.before or {}).get("name") or control or _("添加控制"))
        seen = self.request.POST.get("seen")
        remove = [edition.regulation_id, edition.n, control]
        return {
            **_around(edition, self.number, name),
            "is_fragment": is_fragment(self.request),
            "form": ControlForm(typed, self.offered, look, is_new=control is None),
            "look": look,
            "control": control,
            "seen": actions.block_digest(edition.source, control) if seen is None else seen,
            "tabs": _ways(edition, self.number, control, as_text=False),
            "remove_url": reverse("regulations:control_remove", args=remove) if control else "",
        }


def offered_for(document: Document) -> Offered:
    """Who may owe, as the text calls them, then every other post and department; and the calendars."""
    named = {code: name for code, name in document.roles.items() if "." not in code}
    for post in people.all_posts():
        named.setdefault(post.code, post.name)
    for department in people.open_departments():
        named.setdefault(department.code, department.name)
    calendars = {one.code: one.name for one in worktime.calendars() if one.code != COMPANY_CALENDAR}
    return Offered(document.subject, named, calendars)


# ── its block as text ─────────────────────────────────────────────────────────────────────────────────────────


@require_http_methods(["GET", "POST"])
@staff_page(Permission.REGULATION_EDIT)
def control_text_new(request: StaffRequest, regulation: str, n: int, number: str) -> HttpResponse:
    """A new control, written as a block."""
    edition = _draft(regulation, n)
    _clause(edition, number)
    return _text(request, edition, number, None, "")


@require_http_methods(["GET", "POST"])
@staff_page(Permission.REGULATION_EDIT)
def control_as_text(request: StaffRequest, regulation: str, n: int, control: str) -> HttpResponse:
    """The lines of a control's block, for who wants to write them."""
    edition = _draft(regulation, n)
    number, lines = _clause_of(edition, control), control_text(edition.source, control)
    return _text(request, edition, number, control, lines)


def _text(
    request: StaffRequest, edition: Edition, number: str, control: str | None, lines: str
) -> HttpResponse:
    seen = request.POST.get("seen", actions.block_digest(edition.source, control))
    form = ControlTextForm(request.POST if request.method == "POST" else None, initial={"text": lines})
    look, status, refused = None, 200, ""
    if request.method == "POST":
        status = MISTAKEN
        if form.is_valid():
            raw = parsed(form.cleaned_data["text"]) or {}
            look = look_at(edition.source, number, raw, replacing=control)
            if look.text and (look.is_sound or request.POST.get("act") == "keep"):
                try:
                    actions.save_control(
                        edition=edition, clause=number, lines=form.cleaned_data["text"], replacing=control,
                        seen=seen, by=actor_of(request), at=request.at,
                    )  # fmt: skip
                    name = raw.get("name") or raw.get("id")
                    return _back(request, edition, number, _("「%(name)s」已存入草案。") % {"name": name})
                except Refused as error:
                    refused, status = str(error), CONFLICT
                    seen = actions.block_digest(_source_now(edition), control)
                except Invalid as error:
                    form.add_error("text", str(error))
    context = {
        **_around(edition, number, control or _("添加控制")),
        "form": form,
        "look": look,
        "remarks": [(key, remark) for key, found in look.remarks.items() for remark in found] if look else [],
        "seen": seen,
        "refused": refused,
        "tabs": _ways(edition, number, control, as_text=True),
    }
    return render(request, "compliance/control_text.html", context, status=status)


# ── taking one out ────────────────────────────────────────────────────────────────────────────────────────────


@require_POST
@staff_page(Permission.REGULATION_EDIT)
def control_remove(request: StaffRequest, regulation: str, n: int, control: str) -> HttpResponse:
    """Take a control out of a draft; the message afterwards can put it back."""
    edition = _draft(regulation, n)
    _clause_of(edition, control)
    gone = actions.remove_control(edition=edition, control=control, by=actor_of(request), at=request.at)
    request.session[GONE] = {**asdict(gone), "edition": edition.pk}
    undo = reverse("regulations:control_restore", args=[regulation, n])
    return _back(request, edition, gone.clause, _("已移除控制「%(id)s」。") % {"id": control}, undo=undo)


@require_POST
@staff_page(Permission.REGULATION_EDIT)
def control_restore(request: StaffRequest, regulation: str, n: int) -> HttpResponse:
    """Put the control back that this person took out last."""
    edition = _draft(regulation, n)
    kept = request.session.pop(GONE, None)
    if kept is None or kept.pop("edition") != edition.pk:
        raise Refused(_("没有可以放回的控制。"))
    gone = actions.Gone(**kept)
    actions.restore_control(edition=edition, gone=gone, by=actor_of(request), at=request.at)
    return _back(request, edition, gone.clause, _("控制「%(id)s」已放回。") % {"id": gone.control})


# ── the words of a clause ─────────────────────────────────────────────────────────────────────────────────────


@require_http_methods(["GET", "POST"])
@staff_page(Permission.REGULATION_EDIT)
def clause_edit(request: StaffRequest, regulation: str, n: int, number: str) -> HttpResponse:
    """The heading and the text of a clause, what it cites, and who keeps it."""
    edition = _draft(regulation, n)
    heading, paragraphs, about = _clause(edition, number)
    owners = offered_for(read_document(edition.source)).owners
    form = ClauseForm(
        request.POST if request.method == "POST" else None,
        heading=heading,
        paragraphs=paragraphs,
        about=about,
        keepers=owners,
    )
    seen = request.POST.get("seen", actions.clause_digest(edition.source, number))
    refused, status = "", 200
    if request.method == "POST":
        status = MISTAKEN
        if form.is_valid():
            try:
                actions.save_clause(
                    edition=edition,
                    number=number,
                    heading=form.cleaned_data["heading"],
                    paragraphs=form.paragraphs,
                    about=form.about,
                    seen=seen,
                    by=actor_of(request),
                    at=request.at,
                )
                said = _("第 %(number)s 条已存入草案。") % {"number": number}
                return _back(request, edition, number, said)
            except Refused as error:
                refused, status = str(error), CONFLICT
                seen = actions.clause_digest(_source_now(edition), number)
            except Invalid as error:
                form.add_error(None, str(error))
    context = {
        **_around(edition, number, _("修改条款")),
        "form": form,
        "seen": seen,
        "refused": refused,
    }
    return render(request, "compliance/clause_edit.html", context, status=status)


# ── shared ────────────────────────────────────────────────────────────────────────────────────────────────────


def _draft(regulation: str, n: int) -> Edition:
    """A draft that may be written. Raises NotFound, Refused with a sentence for what is none any more."""
    edition = regulations.edition(regulation, n)
    ladder.check_draft(edition)
    return edition


def _source_now(edition: Edition) -> str:
    return regulations.edition(edition.regulation_id, edition.n).source


def _ways(edition: Edition, number: str, control: str | None, *, as_text: bool) -> list[Tab]:
    """The two ways to write a control: the form, and its block."""
    form, text = ("control_edit", "control_text") if control else ("control_new", "control_text_new")
    args = [edition.regulation_id, edition.n, control or number]
    return [
        Tab(_("表单"), reverse(f"regulations:{form}", args=args), None, not as_text),
        Tab(_("代码块"), reverse(f"regulations:{text}", args=args), None, as_text),
    ]


def _clause(edition: Edition, number: str) -> tuple[str, list[str], dict[str, Any]]:
    """The heading, the paragraphs and the block of a clause. Raises NotFound."""
    try:
        return clause_parts(edition.source, number)
    except Invalid as error:
        raise NotFound(_("这项制度没有第 %(number)s 条。") % {"number": number}) from error


def _clause_of(edition: Edition, control: str) -> str:
    """The number of the clause of a control. Raises NotFound."""
    try:
        return clause_of(edition.source, control)
    except Invalid as error:
        raise NotFound(_("这份草案没有这个控制。")) from error


def _around(edition: Edition, number: str, here: str) -> dict[str, Any]:
    """What every page about a clause of a draft shows."""
    heading, paragraphs, _about = _clause(edition, number) if number else ("", [], {})
    return {
        "edition": edition,
        "number": number,
        "heading": heading,
        "paragraphs": paragraphs,
        "here": here,
        "back_url": _place(edition, number),
        "crumbs": below_edition(edition, f"{number} {here}".strip()),
    }


def _place(edition: Edition, number: str) -> str:
    """The clause on the page of its draft."""
    return draft_url(edition) + (f"#c{number}" if number else "")


def _back(request: StaffRequest, edition: Edition, number: str, said: str, *, undo: str = "") -> HttpResponse:
    if is_fragment(request):
        # pressed on the message over a page that then shows what has changed
        messages.success(request, said, extra_tags=undo)
        refreshed = HttpResponse(status=204)
        refreshed["HX-Refresh"] = "true"
        return refreshed
    return go(request, _place(edition, number), said, undo=undo)


def _json(text: str) -> Typed:
    """The row that was taken out, as the page kept it; only names that a form has."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(found, dict):
        return {}
    data = QueryDict(mutable=True)
    for name, value in found.items():
        if isinstance(value, str):
            data[str(name)] = value
    return typed_from(data)
