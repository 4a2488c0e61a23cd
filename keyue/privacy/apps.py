from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "keyue.privacy"
    label = "privacy"
    verbose_name = "个人信息"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from keyue.customers import area, erasure, holds, sections, stops
        from keyue.people.enums import Permission
        from keyue.privacy import (
            customer_section,
            explanations,
            grades,
            held,
            held_notes,
            holdings,
            selectors,
        )
        from keyue.privacy.actions.erasing import forget_customer
        from keyue.promises import told

        told.register("disclosed", _("有人报告 %(number)s 的信息泄露，请核实并补救"), "privacy:customer")
        erasure.register("privacy", lambda pk, by, at: forget_customer(customer_id=pk, by=by, at=at))
        holds.register("privacy", selectors.sentences_of_holds)
        stops.register("privacy", selectors.sentences_of_restrictions, selectors.all_restricted)
        holdings.register("privacy", held.gather)
        holdings.register("notes", held_notes.gather)
        explanations.register("grading", _("客户等级"), grades.explain)
        explanations.register_review("grading", grades.review)
        area.register("privacy:requests", _("权益请求"), Permission.PRIVACY_HANDLE, order=80)
        area.register("privacy:purposes", _("同意文本"), Permission.PRIVACY_HANDLE, order=81)
        area.register("privacy:retention", _("保存期限与保全"), Permission.PRIVACY_HANDLE, order=82)
        sections.register(
            "privacy", _("个人信息权益"), customer_section.render, order=60, place=sections.Place.FILE
        )
