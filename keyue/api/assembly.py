"""The REST API under /api/v1/: each room brings its router; signing in, errors and text are the same for all."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.views.decorators.http import require_safe
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation
from ninja.security import HttpBearer

from keyue.api import above, document, problems
from keyue.api.gate import token_of
from keyue.api.me import me
from keyue.api.parsing import ReadableJSON, StrictJSON
from keyue.api.progress import router as progress
from keyue.api.staffing import delegations, departments, posts, roles, staff
from keyue.cases.api import router as cases
from keyue.cases.files_api import router as files
from keyue.cases.importing.api import router as imports
from keyue.cases.views_api import router as views
from keyue.compliance.adopting_api import router as adopting
from keyue.compliance.api import router as regulations
from keyue.compliance.attesting_api import router as attestations
from keyue.compliance.editions_api import router as editions
from keyue.compliance.packs_api import router as packs
from keyue.compliance.what_if_api import router as what_ifs
from keyue.contracts.api import router as contracts
from keyue.contracts.projects_api import router as projects
from keyue.conversations.api import channels
from keyue.conversations.api import router as conversations
from keyue.customers import lifecycle_api as lifecycle_api
from keyue.customers.api import router as customers
from keyue.customers.exchange_api import exports as customer_exports
from keyue.customers.exchange_api import imports as customer_imports
from keyue.customers.guard_api import grants as access_grants
from keyue.customers.identity_api import duplicates
from keyue.customers.notes_api import follow_ups
from keyue.customers.notes_api import plan as contact_plan
from keyue.customers.upkeep_api import fields as customer_fields
from keyue.grading.api import router as grading
from keyue.knowledge.api import router as knowledge
from keyue.knowledge.scripts_api import router as scripts
from keyue.people.models import User
from keyue.privacy.api import router as privacy
from keyue.promises.api import router as promises
from keyue.sales.api import leads, pool
from keyue.sales.deals_api import opportunities, wishes
from keyue.sorting.api import router as sorting
from keyue.workbench.audit_api import router as audit
from keyue.workbench.calendar_api import router as calendar


class Token(HttpBearer):
    """`Authorization: Bearer ky_…`: the person behind the token, within the token's scopes."""

    openapi_bearerFormat = "ky_…"
    openapi_description = document.TOKEN

    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        found = token_of(request)
        return found.user if found is not None else None


class RestApi(NinjaAPI):
    """The API, and its document, which is made once a process."""

    _document: OpenAPISchema | None = None

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        if self._document is None:
            self._document = document.finished(super().get_openapi_schema(**options))
        return self._document

    def get_openapi_operation_id(self, operation: Operation) -> str:
        return operation.view_func.__name__


api = RestApi(
    title="客约 Keyue",
    version="1",
    description=document.ABOUT,
    auth=Token(),
    parser=StrictJSON(),
    renderer=ReadableJSON(),
    urls_namespace="api",
    docs_url="/docs",
    docs=document.Page(),
    docs_decorator=require_safe,
    openapi_extra={"tags": document.TAGS},
)
problems.register(api)
for prefix, router in (
    ("/me", me),
    ("/staff", staff),
    ("/roles", roles),
    ("/departments", departments),
    ("/posts", posts),
    ("/delegations", delegations),
    # what follows under /cases has names of its own, which are no numbers of cases
    ("/cases/progress", progress),
    ("/cases/imports", imports),
    ("/cases/views", views),
    ("/cases", cases),
    ("/uploads", files),
    ("/promises", promises),
    # `packs` and `approval-steps` are no regulations
    ("/regulations", adopting),
    ("/regulations", editions),
    ("/regulations", regulations),
    ("/regulations", packs),
    ("/regulations", what_ifs),
    ("/regulations", attestations),
    ("/calendar", calendar),
    ("/customers", customers),
    ("/customer-imports", customer_imports),
    ("/customer-exports", customer_exports),
    ("/access-grants", access_grants),
    ("/duplicates", duplicates),
    ("/customer-fields", customer_fields),
    ("/follow-ups", follow_ups),
    ("/contact-plan", contact_plan),
    ("/grading", grading),
    ("/privacy", privacy),
    ("/leads", leads),
    ("/pool", pool),
    ("/needs", wishes),
    ("/opportunities", opportunities),
    ("/knowledge", knowledge),
    ("/knowledge", scripts),
    ("/conversations", conversations),
    ("/channels", channels),
    ("/sorting", sorting),
    ("/contracts", contracts),
    ("/projects", projects),
    ("/audit", audit),
):
    api.add_router(prefix, router, tags=["imports"] if router is imports else None)
for prefix, name in above.routers.items():
    api.add_router(prefix, name)
