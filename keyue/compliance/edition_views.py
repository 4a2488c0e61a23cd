"""Editions on screen: drafting, what differs, the steps of approval, and the announcement."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from keyue.compliance import edition_access as access
from keyue.compliance import edition_words as words
from keyue.compliance import rebasing
from keyue.compliance.control_sentences import sentence_of
from keyue.compliance.control_words import named_in
from keyue.compliance.edition_forms import AnnounceForm, DraftForm, ReviewForm, StepsForm
from keyue.kernel.errors import Denied, Invalid, KeyueError, NotFound, Refused
from keyue.people import selectors as people
from keyue.people.enums import Permission
from keyue.people.forms import show_faults
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest, actor_of
from keyue.people.permissions import allows, check
from keyue.regulations import actions, differing, ladder, readers
from keyue.regulations import selectors as regulations
from keyue.regulations.enums import STATE_TONES, EditionState
from keyue.regulations.models import Edition
from keyue.regulations.selectors import Reading
from keyue.ui.addresses import address
from keyue.ui.components import Crumb, Tab

CONFLICT, MISTAKEN = 409, 422
CHANGES, TEXT = "changes", "text"


def crumbs(edition: Edition, *more: Crumb) -> list[Crumb]:
    """The path to a page of an edition."""
    return [
        Crumb(pgettext("列表", "制度"), reverse("regulations:list")),
        Crumb(edition.title, reverse("regulations:editions", args=[edition.regulation_id])),
        *more,
    ]


def number_of(edition: Edition) -> str:
    """What an edition is called on its pages."""
    return _("第 %(n)d 版") % {"n": edition.n}


def to_draft(edition: Edition, status: int = 303) -> HttpResponse:
    """To the page of an edition."""
    answer = HttpResponseRedirect(reverse("regulations:draft", args=[edition.regulation_id, edition.n]))
    answer.status_code = status
    return answer


def state_at(request: StaffRequest, edition: Edition) -> EditionState:
    """The state of an edition at the instant of the request."""
    found = regulations.editions_of(edition.regulation_id, at=request.at)
    return next(state for one, state in found if one.pk == edition.pk)


@require_GET
@staff_page(Permission.REGULATION_VIEW)
def editions(request: StaffRequest, regulation: str) -> HttpResponse:
    """Every edition of a regulation, with its state, its receipts, and what it says otherwise."""
    row = regulations.regulation(regulation)
    makes = access.makes(request.user)
    rows = [
        {
            "edition": edition,
            "state": state,
            "tone": STATE_TONES[state],
            "receipts": readers.receipts(edition, request.at) if edition.audience else None,
        }
        for edition, state in regulations.editions_of(regulation, at=request.at)
        if makes or edition.published_at is not None
    ]
    in_force = regulations.edition_in_force(regulation, at=request.at)
    context = {
        "regulation": row,
        "rows": rows,
        "may_draft": allows(request.user, Permission.REGULATION_EDIT),
        "older": rebasing.running(in_force).count() if in_force and makes else 0,
        "in_force": in_force,
        "crumbs": [
            Crumb(pgettext("列表", "制度"), reverse("regulations:list")),
            Crumb(row.title),
        ],
    }
    return render(request, "compliance/editions.html", context)


@require_POST
@staff_page(Permission.REGULATION_EDIT)
def new_draft(request: StaffRequest, regulation: str) -> HttpResponse:
    """A draft of the same text as the newest published edition, to be amended."""
    newest = regulations.newest_edition(regulation)
    if newest is None:
        raise NotFound(_("没有这项制度，或还没有采用。"))
    edition = actions.draft_edition(
        text=newest.source,
        answers=newest.answers,
        based_on=newest,
        by=actor_of(request),
        at=request.at,
    )
    messages.success(
        request, _("已起草第 %(n)d 版，内容同第 %(old)d 版。") % {"n": edition.n, "old": newest.n}
    )
    return to_draft(edition)


@require_GET
@staff_page()
def draft(request: StaffRequest, regulation: str, n: int) -> HttpResponse:
    """An edition: how far it is, what it says, what it changes, and what this person may do about it."""
    edition = access.edition_for(request.user, regulation, n, request.at)
    return page(request, edition)


def page(
    request: StaffRequest,
    edition: Edition,
    form: ReviewForm | None = None,
    *,
    refused: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page of an edition, with what was typed into its decision."""
    state = state_at(request, edition)
    reading = regulations.read_draft(edition)
    steps = ladder.step_views(edition, request.at)
    base = edition.based_on
    view = TEXT if base is None or request.GET.get("view") == TEXT else CHANGES
    review = ladder.waiting_review(edition)
    why_not = ladder.why_not(edition, review, actor_of(request), request.at) if review else ""
    decides = review is not None and not why_not
    here = reverse("regulations:draft", args=[edition.regulation_id, edition.n])
    newest = regulations.newest_edition(edition.regulation_id)
    context: dict[str, Any] = {
        "edition": edition,
        "state": state,
        "state_tone": STATE_TONES[state],
        "stops": words.flow(edition, state, steps),
        "steps": steps,
        "refusals": ladder.refusals(edition) if edition.published_at is None else [],
        "faults": reading.document.faults if edition.published_at is None else [],
        "unheld": _unheld(request, reading),
        "view": view,
        "views": [
            Tab(_("改动"), here, None, view == CHANGES),
            Tab(_("全文"), f"{here}?view=text", None, view == TEXT),
        ]
        if base is not None
        else [],
        "difference": compared(base, edition) if base is not None and view == CHANGES else None,
        "clauses": clauses_of(reading) if view == TEXT else [],
        "drafter": _person(edition.drafted_by),
        "waits": review,
        "form": (form or ReviewForm(initial={"digest": edition.digest})) if decides else None,
        "why_not": why_not,
        "refused": refused,
        "outdated": newest
        if newest and state in OPEN_STATES and newest.pk not in (edition.based_on_id, edition.pk)
        else None,
        "receipts": readers.receipts(edition, request.at) if edition.audience else None,
        "interpreter": people.owner_names([edition.interpreter])[edition.interpreter]
        if edition.interpreter
        else "",
        "may_remind": access.makes(request.user),
        "acts": _acts(request, edition, state),
        "control_new": address("regulations:control_new", edition.regulation_id, edition.n),
        "crumbs": crumbs(edition, Crumb(number_of(edition))),
    }
    return render(request, "compliance/draft.html", context, status=status)


def _unheld(request: StaffRequest, reading: Reading) -> list[regulations.NamedPost]:
    """Posts that a draft names and behind which nobody stands: what it promises would be nobody's."""
    if reading.edition.published_at is not None or reading.document.faults:
        return []
    return [post for post in regulations.posts_named(reading.document, request.at) if not post.people]


OPEN_STATES = (EditionState.DRAFTED, EditionState.SUBMITTED, EditionState.APPROVED)


def _acts(request: StaffRequest, edition: Edition, state: EditionState) -> dict[str, bool]:
    """What the state lets this person do."""
    edits = allows(request.user, Permission.REGULATION_EDIT)
    announces = allows(request.user, Permission.REGULATION_ADOPT)
    return {
        "revise": edits and state == EditionState.DRAFTED,
        "submit": edits and state == EditionState.DRAFTED,
        "recall": edits and state == EditionState.SUBMITTED,
        "announce": announces and state == EditionState.APPROVED,
        "withdraw": edits and state in OPEN_STATES,
        "amend": edits and state in (EditionState.IN_FORCE, EditionState.ANNOUNCED),
    }


def compared(old: Edition, new: Edition) -> words.DifferenceView:
    """What an edition says otherwise than another, in words."""
    found = differing.difference(
        regulations.read_draft(old).document,
        regulations.read_draft(new).document,
        old.answers,
        new.answers,
    )
    return words.in_words(found)


def clauses_of(reading: Reading) -> list[dict[str, Any]]:
    """The clauses of a text with their controls as sentences, each with the way to its form while it is a draft."""
    edition = reading.edition
    is_open = ladder.stage(edition) == "drafted"
    by_clause = [(clause, reading.controls_of(clause)) for clause in reading.document.clauses]
    codes = {code for _clause, controls in by_clause for one in controls for code in named_in(one)}
    known = people.owner_names(codes)
    # a post that the text names and the company does not have yet
    names = {**known, **{c: name for c, name in reading.document.roles.items() if known.get(c, c) == c}}
    return [
        {
            "clause": clause,
            "controls": [
                {
                    "control": control,
                    "words": sentence_of(control, names),
                    "edit": address("regulations:control_edit", edition.regulation_id, edition.n, control.id)
                    if is_open
                    else "",
                }
                for control in controls
            ],
        }
        for clause, controls in by_clause
    ]


def _person(by: str) -> str:
    """The name of a doer, as an edition names them."""
    kind, _colon, identity = by.partition(":")
    if kind == "staff" and identity.isdecimal():
        return people.names_of([int(identity)]).get(int(identity), identity)
    return _("命令行") if identity == "cli" else _("系统")


@require_http_methods(["GET", "POST"])
@staff_page(Permission.REGULATION_EDIT)
def revise(request: StaffRequest, regulation: str, n: int) -> HttpResponse:
    """The text of a draft as it is written, with every fault and its line."""
    edition = regulations.edition(regulation, n)
    typed = {"text": edition.source, "reason": edition.reason, "revision": edition.digest}
    form = DraftForm(request.POST if request.method == "POST" else None, initial=typed)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                saved = _save(request, edition, form)
            except (Invalid, Refused) as error:
                show_faults(form, error)
                status = CONFLICT if isinstance(error, Refused) else MISTAKEN
            else:
                faults = regulations.read_draft(saved).document.faults
                said = _("已保存。") if not faults else _("已保存，还有 %(n)d 处错误。") % {"n": len(faults)}
                messages.success(request, said)
                return to_draft(saved)
        else:
            status = MISTAKEN
    context = {
        "edition": edition,
        "form": form,
        "faults": regulations.read_draft(edition).document.faults,
        "can": ladder.stage(edition) == "drafted",
        "crumbs": crumbs(
            edition,
            Crumb(number_of(edition), reverse("regulations:draft", args=[regulation, n])),
            Crumb(_("修改文本")),
        ),
    }
    return render(request, "compliance/draft_text.html", context, status=status)


def _save(request: StaffRequest, edition: Edition, form: DraftForm) -> Edition:
    data = form.cleaned_data
    return actions.revise_draft(
        edition=edition,
        text=data["text"].replace("\r\n", "\n"),
        answers=edition.answers,
        reason=data["reason"],
        revision=data["revision"],
        by=actor_of(request),
        at=request.at,
    )


@require_POST
@staff_page(Permission.REGULATION_EDIT)
def act(request: StaffRequest, regulation: str, n: int) -> HttpResponse:
    """Submit, take back, withdraw a draft, or let it amend the newest edition; refused, the page says why."""
    edition = regulations.edition(regulation, n)
    by, at, what = actor_of(request), request.at, request.POST.get("act", "")
    try:
        if what == "submit":
            actions.submit_draft(edition=edition, by=by, at=at)
            said = _("第 %(n)d 版已送审。")
        elif what == "recall":
            actions.recall_draft(edition=edition, by=by, at=at)
            said = _("第 %(n)d 版已收回，可以继续修改。")
        elif what == "withdraw":
            actions.withdraw_draft(edition=edition, by=by, at=at)
            said = _("第 %(n)d 版草案已撤回。")
        elif what == "rebase":
            actions.revise_draft(
                edition=edition,
                text=edition.source,
                answers=edition.answers,
                based_on=regulations.newest_edition(regulation),
                by=by,
                at=at,
            )
            said = _("第 %(n)d 版已改为与最新一版对照，请逐条核对改动。")
        else:
            raise NotFound(_("没有这个操作。"))
    except (Invalid, Refused) as error:
        return page(request, edition, refused=_whole(error), status=error.status)
    messages.success(request, said % {"n": edition.n})
    return to_draft(edition)


def _whole(error: KeyueError) -> str:
    return str(error)


@require_POST
@staff_page()
def review(request: StaffRequest, regulation: str, n: int) -> HttpResponse:
    """The decision of the step whose turn it is."""
    edition = access.edition_for(request.user, regulation, n, request.at)
    form = ReviewForm(request.POST)
    if not form.is_valid():
        return page(request, edition, form, status=MISTAKEN)
    data = form.cleaned_data
    try:
        decided = actions.decide_review(
            edition=edition,
            approved=data["approve"],
            remark=data["remark"],
            digest=data["digest"],
            by=actor_of(request),
            at=request.at,
        )
    except Invalid as error:
        show_faults(form, error)
        return page(request, edition, form, status=MISTAKEN)
    except (Refused, Denied) as error:
        return page(request, regulations.edition(regulation, n), refused=str(error), status=error.status)
    messages.success(
        request,
        _("已同意。")
        if data["approve"] and decided.approved_at is None
        else _("已同意，第 %(n)d 版通过全部审批。") % {"n": n}
        if data["approve"]
        else _("已退回修改。"),
    )
    return to_draft(decided)


@require_http_methods(["GET", "POST"])
@staff_page(Permission.REGULATION_ADOPT)
def announce(request: StaffRequest, regulation: str, n: int) -> HttpResponse:
    """When an approved edition is in force, who reads it, and with what test."""
    edition = regulations.edition(regulation, n)
    count = _count(request.POST.get("questions", ""))
    add, drop = request.POST.get("act") == "add", request.POST.get("act") == "drop"
    form: AnnounceForm
    status = 200
    if request.method != "POST":
        form = AnnounceForm(edition=edition, at=request.at)
    elif add or drop:
        # one question more or less: what was typed stays, nothing is checked yet
        typed = {name: value[-1] for name, value in request.POST.lists()}
        initial: dict[str, Any] = {**typed, "departments": request.POST.getlist("departments")}
        count = max(0, count + (1 if add else -1))
        form = AnnounceForm(
            initial={**initial, "questions": count}, edition=edition, at=request.at, count=count
        )
    else:
        form = AnnounceForm(request.POST, edition=edition, at=request.at, count=count)
        if form.is_valid():
            try:
                published = _publish(request, edition, form)
            except (Invalid, Refused) as error:
                _show(form, error)
                status = CONFLICT if isinstance(error, Refused) else MISTAKEN
            else:
                messages.success(request, _announced(published, request))
                return to_draft(published)
        else:
            status = MISTAKEN
    context = {
        "edition": edition,
        "form": form,
        "count": form.count,
        "can": ladder.stage(edition) == "approved",
        "crumbs": crumbs(
            edition,
            Crumb(number_of(edition), reverse("regulations:draft", args=[regulation, n])),
            Crumb(_("公告")),
        ),
    }
    return render(request, "compliance/announce.html", context, status=status)


def _show(form: AnnounceForm, error: KeyueError) -> None:
    """Faults of a question stand beside its text, of the number that is enough beside it."""
    fields: dict[str, object] = getattr(error, "fields", {})
    for name in list(fields):
        if name.startswith("question-"):
            fields[name.replace("question-", "text-")] = fields.pop(name)
    if "pass" in fields:
        fields["enough"] = fields.pop("pass")
    if "audience" in fields:
        fields["whom"] = fields.pop("audience")
    show_faults(form, error)


def _publish(request: StaffRequest, edition: Edition, form: AnnounceForm) -> Edition:
    data = form.cleaned_data
    return actions.announce_edition(
        edition=edition,
        effective_from=form.starts,
        audience=form.audience,
        test=form.test,
        interpreter=data["interpreter"],
        review_on=data["review_on"],
        by=actor_of(request),
        at=request.at,
    )


def _announced(edition: Edition, request: StaffRequest) -> str:
    asked = readers.receipts(edition, request.at).asked
    said = _("第 %(n)d 版已公告。") % {"n": edition.n}
    return said + (_("已请 %(n)d 人阅读确认。") % {"n": asked} if asked else "")


def _count(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 3 else 0


@require_GET
@staff_page(Permission.REGULATION_VIEW)
def difference(request: StaffRequest, regulation: str, n: int) -> HttpResponse:
    """An edition beside another one, by default the one that it amends."""
    edition = access.edition_for(request.user, regulation, n, request.at)
    others = [
        one
        for one, _state in regulations.editions_of(regulation, at=request.at)
        if one.pk != edition.pk and (one.published_at is not None or access.makes(request.user))
    ]
    asked = request.GET.get("with", "")
    wanted = int(asked) if asked.isdecimal() and len(asked) < 7 else 0
    other = next((one for one in others if one.n == wanted), None) or edition.based_on
    if wanted and (other is None or other.n != wanted):
        raise NotFound(_("没有这一版，或者您无权查看。"))
    other = other or next((one for one in others if one.n < edition.n), None)
    context = {
        "edition": edition,
        "other": other,
        "others": others,
        "difference": compared(regulations.edition(regulation, other.n), edition) if other else None,
        "crumbs": crumbs(
            edition,
            Crumb(number_of(edition), reverse("regulations:draft", args=[regulation, n])),
            Crumb(_("对照")),
        ),
    }
    return render(request, "compliance/difference.html", context)


@require_http_methods(["GET", "POST"])
@staff_page(*access.MAKING)
def steps(request: StaffRequest) -> HttpResponse:
    """The company's steps of approval; only who approves regulations changes them."""
    kept = ladder.steps()
    shown = _count(request.POST.get("shown", ""))
    status = 200
    if request.method != "POST":
        form = StepsForm(kept=kept, count=len(kept) or 2)
    else:
        check(request.user, Permission.REGULATION_APPROVE)
        if request.POST.get("act") == "add":
            typed = {name: value[-1] for name, value in request.POST.lists()}
            form = StepsForm(initial=typed, kept=[], count=shown + 1)
        else:
            form = StepsForm(request.POST, kept=kept, count=shown)
            if form.is_valid():
                try:
                    actions.set_approval_steps(steps=form.steps, by=actor_of(request), at=request.at)
                except Invalid as error:
                    show_faults(form, error)
                else:
                    messages.success(request, _("审批步骤已保存，以后送审的草案按它审批。"))
                    return _to("regulations:steps")
            status = MISTAKEN
    posts = {step.post for step in kept}
    context = {
        "form": form,
        "kept": kept,
        "may_change": allows(request.user, Permission.REGULATION_APPROVE),
        "empty": people.owner_names(people.empty_posts(posts, request.at)) if posts else {},
        "crumbs": [
            Crumb(pgettext("列表", "制度"), reverse("regulations:list")),
            Crumb(_("审批步骤")),
        ],
    }
    return render(request, "compliance/steps.html", context, status=status)


def _to(name: str) -> HttpResponse:
    answer = HttpResponseRedirect(reverse(name))
    answer.status_code = 303
    return answer
