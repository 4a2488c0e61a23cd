"""Editions on screen: drafting, what differs, the steps of approval, and the announcement."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from keyue.compliance import edition_access as access
from keyue.compliance import edition_words as words
from keyue.compliance import rebasing
from keyue.compliance.edition_forms import AnnounceForm, DraftForm, ReviewForm, StepsForm
from keyue.compliance.pages import attempt, below_edition, crumbs, draft_url, edition_crumbs
from keyue.kernel.errors import Denied, Invalid, NotFound, Refused
from keyue.people import selectors as people
from keyue.people.enums import Permission
from keyue.people.forms import show_faults
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest, actor_of
from keyue.people.permissions import allows, check
from keyue.regulations import actions, ladder, readers
from keyue.regulations import selectors as regulations
from keyue.regulations.enums import STATE_TONES, EditionState
from keyue.regulations.models import Edition
from keyue.regulations.selectors import Reading
from keyue.ui.addresses import address
from keyue.ui.components import Crumb, Tab
from keyue.ui.pages import MISTAKEN, go

CHANGES, TEXT = "changes", "text"
OPEN_STATES = (EditionState.DRAFTED, EditionState.SUBMITTED, EditionState.APPROVED)


@require_GET
@staff_page(Permission.REGULATION_VIEW)
def editions(request: StaffRequest, regulation: str) -> HttpResponse:
    """Every edition of a regulation, with its state, its receipts, and what it says otherwise."""
    row = regulations.regulation(regulation)
    rows = [
        {
            "edition": edition,
            "state": state,
            "tone": STATE_TONES[state],
            "receipts": readers.receipts(edition, request.at) if edition.audience else None,
        }
        for edition, state in access.editions_for(request.user, regulation, request.at)
    ]
    in_force = regulations.edition_in_force(regulation, at=request.at)
    context = {
        "regulation": row,
        "rows": rows,
        "may_draft": allows(request.user, Permission.REGULATION_EDIT),
        "older": rebasing.running(in_force).count() if in_force and access.makes(request.user) else 0,
        "in_force": in_force,
        "crumbs": crumbs(Crumb(row.title)),
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
    said = _("已起草第 %(n)d 版，内容同第 %(old)d 版。") % {"n": edition.n, "old": newest.n}
    return go(request, draft_url(edition), said)


@require_GET
@staff_page()
def draft(request: StaffRequest, regulation: str, n: int) -> HttpResponse:
    """An edition: how far it is, what it says, what it changes, and what this person may do about it."""
    edition = access.edition_for(request.user, regulation, n, request.at)
    return _page(request, edition)


def _page(
    request: StaffRequest,
    edition: Edition,
    form: ReviewForm | None = None,
    *,
    refused: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page of an edition, with what was typed into its decision."""
    state = regulations.state_of(edition, request.at)
    reading = regulations.read_draft(edition)
    steps = ladder.step_views(edition, request.at)
    base = edition.based_on
    view = TEXT if base is None or request.GET.get("view") == TEXT else CHANGES
    review = ladder.waiting_review(edition)
    decides = review is not None and not ladder.why_not(edition, review, actor_of(request), request.at)
    here = draft_url(edition)
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
        "difference": words.compared(base, edition) if base is not None and view == CHANGES else None,
        "clauses": words.clauses_of(reading) if view == TEXT else [],
        "drafter": words.doer_name(edition.drafted_by),
        "waits": review,
        "form": (form or ReviewForm(initial={"digest": edition.digest})) if decides else None,
        "refused": refused,
        "outdated": newest
        if newest and state in OPEN_STATES and newest.pk not in (edition.based_on_id, edition.pk)
        else None,
        "receipts": readers.receipts(edition, request.at) if edition.audience else None,
        "interpreter": words.interpreter_of(edition),
        "may_remind": access.makes(request.user),
        "acts": _acts(request, edition, state),
        "control_new": address("regulations:control_new", edition.regulation_id, edition.n),
        "crumbs": edition_crumbs(edition, Crumb(words.number_of(edition))),
    }
    return render(request, "compliance/draft.html", context, status=status)


def _unheld(request: StaffRequest, reading: Reading) -> list[regulations.NamedPost]:
    """Posts that a draft names and behind which nobody stands: what it promises would be nobody's."""
    if reading.edition.published_at is not None or reading.document.faults:
        return []
    return [post for post in regulations.posts_named(reading.document, request.at) if not post.people]


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


@require_http_methods(["GET", "POST"])
@staff_page(Permission.REGULATION_EDIT)
def revise(request: StaffRequest, regulation: str, n: int) -> HttpResponse:
    """The text of a draft as it is written, with every fault and its line."""
    edition = regulations.edition(regulation, n)
    typed = {"text": edition.source, "reason": edition.reason, "revision": edition.digest}
    form = DraftForm(request.POST if request.method == "POST" else None, initial=typed)
    status = 200
    if request.method == "POST":
        saved, status = attempt(form, lambda: _save(request, edition, form))
        if saved is not None:
            faults = regulations.read_draft(saved).document.faults
            said = _("已保存。") if not faults else _("已保存，还有 %(n)d 处错误。") % {"n": len(faults)}
            return go(request, draft_url(saved), said)
    context = {
        "edition": edition,
        "form": form,
        "faults": regulations.read_draft(edition).document.faults,
        "can": ladder.stage(edition) == "drafted",
        "crumbs": below_edition(edition, _("修改文本")),
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
        return _page(request, edition, refused=str(error), status=error.status)
    return go(request, draft_url(edition), said % {"n": edition.n})


@require_POST
@staff_page()
def review(request: StaffRequest, regulation: str, n: int) -> HttpResponse:
    """The decision of the step whose turn it is."""
    edition = access.edition_for(request.user, regulation, n, request.at)
    form = ReviewForm(request.POST)
    if not form.is_valid():
        return _page(request, edition, form, status=MISTAKEN)
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
        return _page(request, edition, form, status=error.status)
    except (Refused, Denied) as error:
        return _page(request, regulations.edition(regulation, n), refused=str(error), status=error.status)
    said = _("已同意。") if data["approve"] else _("已退回修改。")
    if decided.approved_at is not None:
        said = _("已同意，第 %(n)d 版通过全部审批。") % {"n": n}
    return go(request, draft_url(decided), said)


@require_http_methods(["GET", "POST"])
@staff_page(Permission.REGULATION_ADOPT)
def announce(request: StaffRequest, regulation: str, n: int) -> HttpResponse:
    """When an approved edition is in force, who reads it, and with what test."""
    edition = regulations.edition(regulation, n)
    count, pressed = _number(request.POST.get("questions", "")), request.POST.get("act", "")
    form, status = AnnounceForm(edition=edition, at=request.at), 200
    if pressed in ("add", "drop"):
        # one question more or less: what was typed stays, nothing is checked yet
        count += 1 if pressed == "add" else -1
        typed = {**request.POST.dict(), "departments": request.POST.getlist("departments")}
        form = AnnounceForm(initial=typed, edition=edition, at=request.at, count=count)
    elif request.method == "POST":
        form = AnnounceForm(request.POST, edition=edition, at=request.at, count=count)
        published, status = attempt(form, lambda: _announce(request, edition, form))
        if published is not None:
            return go(request, draft_url(published), _announced(published, request))
    context = {
        "edition": edition,
        "form": form,
        "count": form.count,
        "can": ladder.stage(edition) == "approved",
        "crumbs": below_edition(edition, _("公告")),
    }
    return render(request, "compliance/announce.html", context, status=status)


def _announce(request: StaffRequest, edition: Edition, form: AnnounceForm) -> Edition:
    data = form.cleaned_data
    try:
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
    except Invalid as error:
        # faults of a question stand beside its text, of the number that is enough and of the audience beside theirs
        names = {"pass": "enough", "audience": "whom"}
        error.fields = {
            names.get(name, name.replace("question-", "text-")): said for name, said in error.fields.items()
        }
        raise


def _announced(edition: Edition, request: StaffRequest) -> str:
    asked = words.asked_to_read(edition, request.at)
    return _("第 %(n)d 版已公告。") % {"n": edition.n} + (f"{asked}{_('。')}" if asked else "")


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 7 else 0


@require_GET
@staff_page(Permission.REGULATION_VIEW)
def difference(request: StaffRequest, regulation: str, n: int) -> HttpResponse:
    """An edition beside another one, by default the one that it amends. Two that were chosen from a list come with `of`
    for the one and `with` for the other, in whatever order."""
    wanted = _number(request.GET.get("with", ""))
    if chosen := _number(request.GET.get("of", "")):
        return _beside(request, regulation, chosen, wanted)
    edition = access.edition_for(request.user, regulation, n, request.at)
    found = access.editions_for(request.user, regulation, request.at)
    others = [one for one, _state in found if one.pk != edition.pk]
    other = next((one for one in others if one.n == wanted), None)
    if wanted and other is None:
        raise NotFound(_("没有这一版，或者您无权查看。"))
    other = other or edition.based_on or next((one for one in others if one.n < edition.n), None)
    context = {
        "edition": edition,
        "other": other,
        "others": others,
        "difference": words.compared(other, edition) if other else None,
        "crumbs": below_edition(edition, _("对照")),
    }
    return render(request, "compliance/difference.html", context)


def _beside(request: StaffRequest, regulation: str, one: int, other: int) -> HttpResponse:
    """To the address of two editions side by side, the later one on the right."""
    if one == other:
        messages.error(request, _("请选择两个不同的版本来对照。"))
        return HttpResponseRedirect(reverse("regulations:editions", args=[regulation]))
    older, newer = sorted((one, other))
    here = reverse("regulations:difference", args=[regulation, newer])
    return HttpResponseRedirect(f"{here}?with={older}")


@require_http_methods(["GET", "POST"])
@staff_page(*access.MAKING)
def steps(request: StaffRequest) -> HttpResponse:
    """The company's steps of approval; only who approves regulations changes them."""
    kept = ladder.steps()
    form, status = StepsForm(kept=kept, count=len(kept) or len(ladder.PROPOSED)), 200
    if request.method == "POST":
        check(request.user, Permission.REGULATION_APPROVE)
        shown = _number(request.POST.get("shown", ""))
        if request.POST.get("act") == "add":
            form = StepsForm(initial=request.POST.dict(), kept=[], count=shown + 1)
        else:
            form = StepsForm(request.POST, kept=kept, count=shown)
            saved, status = attempt(
                form,
                lambda: actions.set_approval_steps(steps=form.steps, by=actor_of(request), at=request.at),
            )
            if saved is not None:
                said = _("审批步骤已保存，以后送审的草案按它审批。")
                return go(request, reverse("regulations:steps"), said)
    posts = {step.post for step in kept}
    context = {
        "form": form,
        "kept": kept,
        "may_change": allows(request.user, Permission.REGULATION_APPROVE),
        "empty": people.owner_names(people.empty_posts(posts, request.at)) if posts else {},
        "crumbs": crumbs(Crumb(_("审批步骤"))),
    }
    return render(request, "compliance/steps.html", context, status=status)
