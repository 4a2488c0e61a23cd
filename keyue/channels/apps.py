from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    name = "keyue.channels"
    label = "channels"
    verbose_name = "渠道"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from keyue.channels.email.sending import send_case_mail, send_notices
        from keyue.ledger.actions import register_sender

        register_sender("mail.case", send_case_mail)
        register_sender("mail.notices", send_notices)
