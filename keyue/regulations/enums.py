"""The states of an edition."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class EditionState(models.TextChoices):
    """Computed from an edition's instants, never stored."""

    DRAFTED = "drafted", _("草案")
    SUBMITTED = "submitted", _("审批中")
    APPROVED = "approved", _("已批准")
    ANNOUNCED = "announced", _("已发布，待施行")
    IN_FORCE = "in_force", _("施行中")
    SUPERSEDED = "superseded", _("已被新版取代")
    WITHDRAWN = "withdrawn", _("已撤回")


STATE_TONES: dict[str, str] = {
    EditionState.DRAFTED: "idle",
    EditionState.SUBMITTED: "soon",
    EditionState.APPROVED: "open",
    EditionState.ANNOUNCED: "open",
    EditionState.IN_FORCE: "kept",
    EditionState.SUPERSEDED: "void",
    EditionState.WITHDRAWN: "idle",
}
