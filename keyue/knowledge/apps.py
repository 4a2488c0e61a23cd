from django.apps import AppConfig


class KnowledgeConfig(AppConfig):
    name = "keyue.knowledge"
    label = "knowledge"
    verbose_name = "知识库"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from keyue.knowledge import leavers
        from keyue.knowledge.subject import ARTICLE_SUBJECT
        from keyue.people import leaving
        from keyue.promises import subjects

        subjects.register(ARTICLE_SUBJECT)
        leaving.register(leavers.remainders, leavers.hand_over, leavers.needs)
