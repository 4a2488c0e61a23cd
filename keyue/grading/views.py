"""The pages of grading: versions of the standard and their editor, proposals, and the grounds of one customer's grade."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from keyue.customers import area
from keyue.customers import lists as customer_lists
from keyue.customers import selectors as customers
from keyue.grading import actions, rules, sealing, selectors
from keyue.grading.enums import RunState, StandardState, Why
from keyue.grading.forms import (
    DecideForm,
    Editor,
    ReasonForm,
    ReviewForm,
    TypedFactor,
    ValuesForm,
    proposed,
    said_of,
    show_faults,
    typed_from,
    typed_of,
)
from keyue.grading.models import GradeProposal, GradingStandard
from keyue.grading.showing import factor_rows, proposal_rows, reason_rows
from keyue.grading.wording import treatment_words
from keyue.kernel.errors import Invalid, KeyueError, NotFound
from keyue.people.enums import Permission
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest, actor_of, safe_next
from keyue.people.permissions import allows, check
from keyue.ui.components import Crumb
from keyue.ui.pages import MISTAKEN, go, is_fragment, page, see_other

PREVIEWED = 10
MOST_AT_ONCE = 100
STANDARDS, PROPOSALS = "grading:standards", "grading:proposals"


def _crumbs(*last: Crumb) -> list[Crumb]:
    return [Crumb(pgettext("列表", "客户"), reverse("customers:list")), *last]


def _back(request: StaffRequest, default: str) -> str:
    """Where to go after a form: where it says, else the page over which it was opened."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    if not target and is_fragment(request):
        target = request.htmx.current_url_abs_path or ""
    return safe_next(request, target) if target.startswith("/") else default


# --- the standard ---


@never_cache
@staff_page(Permission.CUSTOMER_VIEW)
def standards(request: StaffRequest) -> HttpResponse:
    """All versions of the standard, the one in use first said what it gives."""
    rows = selectors.standards(request.user)
    on_its_way = any(row.state in _ON_ITS_WAY for row in rows)
    context = {
        "area_tabs": area.tabs_for(request.user, STANDARDS),
        "rows": rows,
        "in_use": next((row for row in rows if row.state == StandardState.APPLIED), None),
        "may_draft": allows(request.user, Permission.GRADING_EDIT) and not on_its_way,
    }
    return page(request, "grading/standards.html", context, crumbs=_crumbs(Crumb(_("分级标准"))))


_ON_ITS_WAY = (StandardState.DRAFT, StandardState.SUBMITTED, StandardState.APPROVED)


def _standard_crumbs(row: GradingStandard, *last: Crumb) -> list[Crumb]:
    url = reverse("grading:standard", args=[row.n])
    name = _("第 %(n)d 版") % {"n": row.n}
    return _crumbs(Crumb(_("分级标准"), reverse(STANDARDS)), Crumb(name, url if last else ""), *last)


@never_cache
@staff_page(Permission.CUSTOMER_VIEW)
def standard(request: StaffRequest, n: int) -> HttpResponse:
    """One version: what it says, how far it is, and what may be done with it."""
    row = selectors.standard_for(request.user, n)
    if request.method == "POST":
        return _act(request, row)
    return _standard_page(request, row, ReasonForm())


def _standard_page(
    request: StaffRequest, row: GradingStandard, form: ReasonForm, *, problem: str = "", status: int = 200
) -> HttpResponse:
    user = request.user
    deeds = ("drafted", "submitted", "approved", "applied")
    names = selectors.actor_names([getattr(row, f"{deed}_by") for deed in deeds] + [row.refused_by])
    by = f"staff:{user.pk}"
    may_approve = row.state == StandardState.SUBMITTED and allows(user, Permission.GRADING_APPROVE)
    context = {
        "standard": row,
        "factors": factor_rows(row.standard),
        "treatments": [(grade, treatment_words(row.treatment(grade))) for grade in rules.GRADES],
        "faults": said_of(rules.faults_of(row.standard)).values(),
        "names": {deed: names[getattr(row, f"{deed}_by")] for deed in deeds}
        | {"refused": names[row.refused_by]},
        "refusal": sealing.open_refusal(row) if row.state == StandardState.DRAFT else "",
        "runs": selectors.runs_of(user, row),
        "form": form,
        "problem": problem,
        "may_edit": row.state == StandardState.DRAFT and allows(user, Permission.GRADING_EDIT),
        "may_approve": may_approve and rules.may_approve(row.authors, row.submitted_by, by),
        "is_own": may_approve and not rules.may_approve(row.authors, row.submitted_by, by),
        "may_apply": row.state == StandardState.APPROVED and allows(user, Permission.GRADING_APPROVE),
        "may_run": row.state == StandardState.APPLIED and allows(user, Permission.GRADE_DECIDE),
        "is_running": any(run.state == RunState.RUNNING for run in selectors.runs_of(user, row)),
    }
    return page(request, "grading/standard.html", context, crumbs=_standard_crumbs(row), status=status)


def _act(request: StaffRequest, row: GradingStandard) -> HttpResponse:
    """Submit, approve, give back, apply: each for whom it is."""
    act = request.POST.get("act", "")
    given: dict[str, Any] = {"by": actor_of(request), "at": request.at}
    form = ReasonForm(request.POST if act == "refuse" else None)
    try:
        if act == "submit":
            check(request.user, Permission.GRADING_EDIT)
            actions.submit_standard(standard_id=row.pk, **given)
            said = _("已送审，等管理层批准。")
        elif act in {"approve", "refuse"}:
            check(request.user, Permission.GRADING_APPROVE)
            reason = request.POST.get("reason", "")
            actions.decide_standard(standard_id=row.pk, approve=act == "approve", reason=reason, **given)
            said = _("已批准，启用后开始按它评级。") if act == "approve" else _("已退回起草。")
        elif act == "apply":
            check(request.user, Permission.GRADING_APPROVE)
            actions.apply_standard(standard_id=row.pk, **given)
            said = _("已启用。正在评估全部客户，等级有变动的会进入「等级建议」。")
        else:
            raise NotFound(_("没有这个操作。"))
    except Invalid as error:
        row.refresh_from_db()
        if "reason" not in error.fields:
            return _standard_page(request, row, form, problem=str(error), status=MISTAKEN)
        form.is_valid()
        return _standard_page(request, row, form, problem=str(error), status=MISTAKEN)
    return go(request, reverse("grading:standard", args=[row.n]), said)


@never_cache
@staff_page(Permission.GRADING_EDIT)
def new_standard(request: StaffRequest) -> HttpResponse:
    """Draft the next version: from the newest one, or from a proposal where there is none."""
    newest = next(iter(selectors.standards(request.user)), None)
    if request.method == "POST":
        return _edited(request, None)
    return _editor_page(request, Editor(typed_from(newest) if newest else proposed()), None)


@never_cache
@staff_page(Permission.GRADING_EDIT)
def edit_standard(request: StaffRequest, n: int) -> HttpResponse:
    """Change a draft."""
    row = selectors.standard_for(request.user, n)
    if request.method == "POST":
        return _edited(request, row)
    if row.state != StandardState.DRAFT:
        return see_other(reverse("grading:standard", args=[row.n]))
    return _editor_page(request, Editor(typed_from(row)), row)


def _edited(request: StaffRequest, row: GradingStandard | None) -> HttpResponse:
    """Add or take away a factor, more rows, another shape; or keep it all."""
    act, typed = request.POST.get("act", "save"), typed_of(request.POST)
    verb, _dash, place = act.partition("-")
    n = int(place) if place.isdecimal() and len(place) < 4 else -1
    if verb == "add":
        typed.factors.append(TypedFactor({"source": "own:choice", "part": "other", "otherwise": "0"}))
    elif verb == "drop" and 0 <= n < len(typed.factors):
        del typed.factors[n]
    if verb in {"add", "drop", "shape"}:
        return _editor_page(request, Editor(typed), row, added=verb == "add")
    editor = Editor(typed, checked=True)
    if not editor.is_valid():
        return _editor_page(request, editor, row, status=MISTAKEN)
    given: dict[str, Any] = {
        "title": editor.title, "standard": editor.standard, "review_months": editor.review_months,
        "by": actor_of(request), "at": request.at,
    }  # fmt: skip
    try:
        if row is None:
            row = actions.draft_standard(**given)
        else:
            revision = request.POST.get("revision", "")
            seen = int(revision) if revision.isdecimal() and len(revision) < 9 else None
            actions.revise_standard(standard_id=row.pk, revision=seen, **given)
        if act == "submit":
            actions.submit_standard(standard_id=row.pk, by=given["by"], at=request.at)
    except Invalid as error:
        rest = show_faults(editor, {key: str(said) for key, said in error.fields.items()})
        if row is not None:
            row.refresh_from_db()
        return _editor_page(request, editor, row, problems=rest, status=MISTAKEN)
    said = _("已送审，等管理层批准。") if act == "submit" else _("草案已保存。")
    return go(request, reverse("grading:standard", args=[row.n]), said)


def _editor_page(
    request: StaffRequest,
    editor: Editor,
    row: GradingStandard | None,
    *,
    problems: list[str] | None = None,
    added: bool = False,
    status: int = 200,
) -> HttpResponse:
    context = {
        "editor": editor,
        "standard": row,
        "problems": problems or [],
        "added": len(editor.factors) - 1 if added else -1,
        "url": reverse("grading:edit", args=[row.n]) if row else reverse("grading:new"),
        "back": reverse("grading:standard", args=[row.n]) if row else reverse(STANDARDS),
        **_live(request, editor),
    }
    crumbs = (
        _standard_crumbs(row, Crumb(_("修改")))
        if row
        else _crumbs(Crumb(_("分级标准"), reverse(STANDARDS)), Crumb(_("起草")))
    )
    fragment = is_fragment(request)
    template = "grading/editor.html" + ("#form" if fragment else "")
    # htmx swaps only what went well or has mistakes; both come back into the form's own place
    return page(request, template, context, crumbs=crumbs, status=status)


@never_cache
@require_POST
@staff_page(Permission.GRADING_EDIT)
def check_standard(request: StaffRequest) -> HttpResponse:
    """While somebody types: the sum of the weights, what is still wrong, and ten of their customers under it."""
    context = {**_live(request, Editor(typed_of(request.POST))), "is_answer": True}
    return page(request, "grading/_live.html", context)


def _live(request: StaffRequest, editor: Editor) -> dict[str, Any]:
    made = editor.standard
    # a factor that was never kept has no code yet: its place tells it from the others
    coded = [replace(factor, code=factor.code or f"new-{n}") for n, factor in enumerate(made.factors)]
    made = replace(made, factors=tuple(coded))
    cards = customer_lists.customer_page(request.user, size=PREVIEWED).cards
    usable = bool(made.factors) and made.weight > 0
    found = selectors.computed(made, [card.id for card in cards], request.at) if usable else {}
    return {
        "weight": rules.plain(made.weight),
        "is_hundred": made.weight == rules.HUNDRED,
        "faults": list(said_of(rules.faults_of(made)).values()),
        "preview": [(card, found.get(card.id)) for card in cards],
    }


# --- reviews of all grades ---


@require_POST
@staff_page(Permission.GRADE_DECIDE)
def start_run(request: StaffRequest) -> HttpResponse:
    """Look at all customers now."""
    run = actions.start_run(by=actor_of(request), at=request.at, why=Why.ASKED)
    url = reverse("grading:standard", args=[run.standard.n])
    return go(request, url, _("评估已开始，在后台进行；等级有变动的会进入「等级建议」。"))


@require_POST
@staff_page(Permission.GRADE_DECIDE)
def act_on_run(request: StaffRequest, pk: int) -> HttpResponse:
    """Stop a review, or go on with it."""
    run = selectors.run_for(request.user, pk)
    given: dict[str, Any] = {"run_id": run.pk, "by": actor_of(request), "at": request.at}
    if request.POST.get("act") == "resume":
        actions.resume_run(**given)
    else:
        actions.stop_run(**given)
    return go(request, reverse("grading:standard", args=[run.standard.n]))


@never_cache
@staff_page(Permission.CUSTOMER_VIEW)
def runs(request: StaffRequest, n: int) -> HttpResponse:
    """How far the reviews under a standard are: the fragment that its page asks for every second while one runs."""
    row = selectors.standard_for(request.user, n)
    found = selectors.runs_of(request.user, row)
    context = {
        "standard": row,
        "runs": found,
        "is_running": any(run.state == RunState.RUNNING for run in found),
        "may_run": row.state == StandardState.APPLIED and allows(request.user, Permission.GRADE_DECIDE),
    }
    return page(request, "grading/_runs.html", context)


# --- proposals ---


@never_cache
@staff_page(Permission.CUSTOMER_VIEW)
def proposals(request: StaffRequest) -> HttpResponse:
    """What waits for a decision, or what was decided; about customers that the viewer may see."""
    given = request.GET
    decided = given.get("state") == "decided"
    why, new = given.get("why", ""), given.get("new", "")
    found = selectors.proposal_page(
        request.user, decided=decided, why=why, new=new, cursor=given.get("after", "")
    )
    context = {
        "area_tabs": area.tabs_for(request.user, PROPOSALS),
        "rows": proposal_rows(found.cards),
        "next": found.next,
        "decided": decided,
        "why": why,
        "new": new,
        "whys": Why.choices,
        "grades": rules.GRADES,
        "is_first": not given.get("after"),
        "may_decide": allows(request.user, Permission.GRADE_DECIDE) and not decided,
        "may_undo": allows(request.user, Permission.GRADE_DECIDE),
        "has_standard": selectors.in_use(request.at) is not None,
    }
    fragment = is_fragment(request)
    template = "grading/proposals.html" + ("#list" if fragment else "")
    return page(request, template, context, crumbs=_crumbs(Crumb(_("等级建议"))))


@never_cache
@staff_page(Permission.GRADE_DECIDE)
def decide(request: StaffRequest, pk: int) -> HttpResponse:
    """Decide one proposal: as proposed with one press, or otherwise with a reason."""
    proposal = selectors.proposal_for(request.user, pk)
    back = _back(request, reverse(PROPOSALS))
    if request.method != "POST":
        outcome = request.GET.get("outcome", "accepted" if proposal.new else "other")
        return _decide_page(request, proposal, DecideForm(initial={"outcome": outcome}), back)
    form = DecideForm(request.POST)
    if not form.is_valid():
        return _decide_page(request, proposal, form, back, status=MISTAKEN)
    try:
        done = actions.decide_proposal(
            proposal_id=proposal.pk, by=actor_of(request), at=request.at, **form.cleaned_data
        )
    except Invalid as error:
        for name, said in error.fields.items():
            form.add_error(name if name in form.fields else None, str(said))
        return _decide_page(request, proposal, form, back, status=MISTAKEN)
    said = _("已定为 %(grade)s 级。") % {"grade": done.grade} if done.grade else _("已维持原状。")
    return go(request, back, said, undo=reverse("grading:undo", args=[done.pk]))


def _decide_page(
    request: StaffRequest, proposal: GradeProposal, form: DecideForm, back: str, *, status: int = 200
) -> HttpResponse:
    (card,) = selectors.proposals_of(request.user, [proposal.pk])
    context = {
        "row": proposal_rows([card])[0],
        "reasons": reason_rows(card.reasons, card.measures),
        "form": form,
        "back": back,
        "url": reverse("grading:decide", args=[proposal.pk]),
        "is_dialog": is_fragment(request),
    }
    template = "grading/decide.html" + ("#dialog" if is_fragment(request) else "")
    crumbs = _crumbs(Crumb(_("等级建议"), reverse(PROPOSALS)), Crumb(_("决定")))
    return page(request, template, context, crumbs=crumbs, status=status)


@require_POST
@staff_page(Permission.GRADE_DECIDE)
def decide_many(request: StaffRequest) -> HttpResponse:
    """Decide the chosen ones as proposed: each by itself, so that one that cannot be stops none."""
    pks = [int(pk) for pk in request.POST.getlist("pick") if pk.isdecimal() and len(pk) < 16]
    if not pks:
        raise Invalid(_("没有选中任何建议。请先勾选，再点按建议定级。"))
    if len(pks) > MOST_AT_ONCE:
        raise Invalid(_("一次最多 %(most)d 条，现在选了 %(n)d 条。") % {"most": MOST_AT_ONCE, "n": len(pks)})
    done, failed = 0, []
    for card in selectors.proposals_of(request.user, pks):
        try:
            actions.decide_proposal(
                proposal_id=card.row.pk, outcome="accepted", by=actor_of(request), at=request.at
            )
            done += 1
        except KeyueError as error:
            failed.append(f"{card.customer.number} {error}")
    if failed:
        messages.error(request, _("没有办成：%(which)s") % {"which": _("；").join(failed)})
    said = ngettext("已按建议定了 %(n)d 位客户的等级。", "已按建议定了 %(n)d 位客户的等级。", done) % {
        "n": done
    }
    return go(request, reverse(PROPOSALS), said if done else "")


@require_POST
@staff_page(Permission.GRADE_DECIDE)
def undo(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a decision back; the proposal waits again."""
    proposal = selectors.proposal_for(request.user, pk)
    actions.undo_decision(proposal_id=proposal.pk, by=actor_of(request), at=request.at)
    return go(request, _back(request, reverse(PROPOSALS)), _("决定已撤销，建议回到待决定。"))


# --- one customer ---


@never_cache
@staff_page(Permission.CUSTOMER_VIEW)
def grounds(request: StaffRequest, number: str) -> HttpResponse:
    """Why a customer has their grade: every factor, what people enter, what was decided; and the way to a review."""
    if request.method == "POST":
        return _act_on_customer(request, number)
    return _grounds_page(request, number, ReviewForm(), None)


def _grounds_page(
    request: StaffRequest,
    number: str,
    review: ReviewForm,
    values: ValuesForm | None,
    *,
    status: int = 200,
) -> HttpResponse:
    customer = customers.customer_for(request.user, number)
    basis = selectors.basis_of(request.user, customer, request.at)
    card = customers.customer_card(customer.pk)
    may_edit = allows(request.user, Permission.CUSTOMER_EDIT) and not customer.is_erased
    row = basis.standard
    if values is None and row is not None:
        values = ValuesForm(initial=basis.own, standard=row.standard)
    context = {
        "customer": card,
        "basis": basis,
        "reasons": reason_rows(basis.scored.reasons, {raw["code"]: raw["measure"] for raw in row.factors})
        if basis.scored and row
        else [],
        "treatment": treatment_words(row.treatment(customer.grade)) if row and customer.grade else [],
        "waiting": proposal_rows([basis.waiting])[0] if basis.waiting else None,
        "past": proposal_rows(basis.past),
        "review": review,
        "values": values if values and values.fields else None,
        "may_edit": may_edit,
        "may_review": may_edit
        and bool(customer.grade)
        and row is not None
        and not (basis.waiting and basis.waiting.row.why == Why.REVIEW),
        "may_decide": allows(request.user, Permission.GRADE_DECIDE),
        "here": request.path,
    }
    crumbs = _crumbs(Crumb(card.shown_name, card.url), Crumb(_("分级依据")))
    return page(request, "grading/grounds.html", context, crumbs=crumbs, status=status)


def _act_on_customer(request: StaffRequest, number: str) -> HttpResponse:
    """Enter values, ask for a review, or compute again."""
    customer = customers.customer_for(request.user, number)
    act = request.POST.get("act", "")
    given: dict[str, Any] = {"by": actor_of(request), "at": request.at}
    here = _back(request, reverse("grading:grounds", args=[customer.number]))
    if act == "evaluate":
        check(request.user, Permission.GRADE_DECIDE)
        made = actions.evaluate_customer(customer=customer, **given)
        return go(request, here, _("等级应有变动，建议见下。") if made else _("按现有资料，等级不变。"))
    check(request.user, Permission.CUSTOMER_EDIT)
    if act == "review":
        form = ReviewForm(request.POST)
        if not form.is_valid():
            return _grounds_page(request, number, form, None, status=MISTAKEN)
        actions.ask_review(customer=customer, request=form.cleaned_data["request"], **given)
        return go(request, here, _("复核请求已登记，由有权的人决定。"))
    row = selectors.in_use(request.at)
    if act != "values" or row is None:
        raise NotFound(_("没有这个操作。"))
    entered = ValuesForm(request.POST, standard=row.standard)
    if entered.is_valid():
        try:
            actions.set_values(customer=customer, values=entered.cleaned_data, **given)
            return go(request, here, _("因素已保存，等级已重新计算。"))
        except Invalid as error:
            for name, said in error.fields.items():
                entered.add_error(name if name in entered.fields else None, str(said))
    return _grounds_page(request, number, ReviewForm(), entered, status=MISTAKEN)
