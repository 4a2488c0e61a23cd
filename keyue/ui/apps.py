from django.apps import AppConfig
from django.utils.translation import gettext

from keyue.kernel import texts


class UiConfig(AppConfig):
    name = "keyue.ui"
    label = "ui"
    verbose_name = "界面"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # what the rules say is read in the language of the page or of the request
        texts.speak(gettext)
