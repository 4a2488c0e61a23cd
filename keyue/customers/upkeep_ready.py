"""What keeping files and keeping in touch add to the customers' pages: registered once all rooms are loaded."""

from __future__ import annotations


def register() -> None:
    """Let the parts of this room find each other: what is forgotten with a customer, tabs, sections."""
    from django.utils.translation import gettext_lazy as _

    from keyue.customers import area, changes, erasure, notes_views, sections, upkeep_views
    from keyue.customers import upkeep_rules as upkeep_rules  # declares what is recorded of the daily check
    from keyue.customers.actions.notes import follow_merges, forget_notes
    from keyue.customers.sections import Place
    from keyue.people.enums import Permission

    erasure.register("customers", forget_notes)
    changes.register("customers", follow_merges)
    area.register("customers:contact_plan", _("联络计划"), Permission.CUSTOMER_VIEW, order=30)
    area.register("customers:fields", _("档案设置"), Permission.CUSTOMER_CONFIGURE, order=90)
    sections.register("notes", _("沟通记录"), notes_views.render_notes, order=50)
    sections.register("plan", _("沟通计划"), notes_views.render_plan, order=60, place=Place.ASIDE)
    sections.register("file", _("档案"), upkeep_views.render, order=10, place=Place.FILE)
