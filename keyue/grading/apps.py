from django.apps import AppConfig


class GradingConfig(AppConfig):
    name = "keyue.grading"
    label = "grading"
    verbose_name = "客户分级"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from keyue.customers import area, changes, erasure, sections, treatments
        from keyue.grading import following, measures, showing
        from keyue.grading.subject import SUBJECT
        from keyue.people.enums import Permission
        from keyue.promises import subjects

        subjects.register(SUBJECT)
        measures.register_columns()
        changes.register("grading", following.follow)
        erasure.register("grading", following.forget)
        treatments.register("grading", following.contact_days)
        area.register("grading:proposals", _("等级建议"), Permission.CUSTOMER_VIEW, order=32)
        area.register("grading:standards", _("分级标准"), Permission.CUSTOMER_VIEW, order=33)
        sections.register("grading", _("分级依据"), showing.section, order=20, place=sections.Place.ASIDE)
