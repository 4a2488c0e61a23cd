"""The second factor: set up, used once per code, replaced by recovery codes when the phone is lost, removed."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from keyue.kernel.errors import Invalid, Refused
from keyue.kernel.ids import CODE_ALPHABET, new_code
from keyue.ledger import sealing
from keyue.ledger.facts import Actor
from keyue.people import totp
from keyue.people.actions._facts import note, subject_of
from keyue.people.events import Event
from keyue.people.models import RecoveryCode, SecondFactor, User

RECOVERY_CODES = 10
CONTEXT = "people.second_factor.secret"


@transaction.atomic
def set_up_code(
    *, user: User, secret: str, code: str, phone_at: datetime, by: Actor, at: datetime
) -> list[str]:
    """Turn the second factor on once the phone has shown a right code; returns the recovery codes, for once.

    `phone_at` is the time on the phone, which differs from `at` where the clock of test mode has been moved.
    """
    step = totp.matching_step(secret, code, at=phone_at)
    if step is None:
        raise Invalid(
            _("口令不对。"), fields={"code": _("口令不对。请输入应用里此刻显示的 6 位数字，并核对手机时间。")}
        )
    if SecondFactor.objects.filter(user=user).exists():
        raise Refused(_("动态口令已经启用。要换手机，请先停用再重新设置。"))
    sealed = sealing.seal(subject_of(user), secret, CONTEXT)
    SecondFactor.objects.create(user=user, secret=sealed, last_step=step, set_up_at=at)
    note(user, Event.USER_CODE_SET_UP, by=by, at=at)
    return _new_recovery_codes(user)


@transaction.atomic
def remove_code(*, user: User, by: Actor, at: datetime) -> None:
    """Turn the second factor off: by its owner, or by an administrator when the phone is lost."""
    found, _rows = SecondFactor.objects.filter(user=user).delete()
    if not found:
        raise Refused(_("动态口令没有启用。"))
    RecoveryCode.objects.filter(user=user).delete()
    note(user, Event.USER_CODE_REMOVED, by=by, at=at)


@transaction.atomic
def make_recovery_codes(*, user: User, by: Actor, at: datetime) -> list[str]:
    """Ten new recovery codes; the old ones stop working."""
    if not SecondFactor.objects.filter(user=user).exists():
        raise Refused(_("请先启用动态口令。"))
    codes = _new_recovery_codes(user)
    note(user, Event.USER_RECOVERY_CODES_MADE, {"count": len(codes)}, by=by, at=at)
    return codes


def _new_recovery_codes(user: User) -> list[str]:
    RecoveryCode.objects.filter(user=user).delete()
    raw = [new_code(10) for _n in range(RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create([RecoveryCode(user=user, digest=_digest(user, code)) for code in raw])
    return [f"{code[:5]}-{code[5:]}" for code in raw]


def _digest(user: User, code: str) -> str:
    return salted_hmac("keyue.people.recovery", f"{user.pk}:{code}", algorithm="sha256").hexdigest()


@transaction.atomic
def use_code(*, user: User, code: str, phone_at: datetime, by: Actor, at: datetime) -> str | None:
    """Spend a code: "totp" or "recovery_code" if it is right and unused, else None. Two at once: one wins."""
    factor = SecondFactor.objects.filter(user=user).first()
    if factor is None:
        return None
    text = "".join(c for c in code.upper() if c.isalnum())
    if text.isdecimal() and len(text) == totp.DIGITS:
        return "totp" if _use_totp(factor, user, text, phone_at) else None
    if not text or any(c not in CODE_ALPHABET for c in text):
        return None
    mine = RecoveryCode.objects.filter(user=user, digest=_digest(user, text), used_at=None)
    if not mine.update(used_at=at):
        return None
    left = RecoveryCode.objects.filter(user=user, used_at=None).count()
    note(user, Event.USER_RECOVERY_CODE_USED, {"left": left}, by=by, at=at)
    return "recovery_code"


def _use_totp(factor: SecondFactor, user: User, code: str, phone_at: datetime) -> bool:
    secret = sealing.unseal(subject_of(user), factor.secret, CONTEXT)
    if secret is None:
        return False
    step = totp.matching_step(secret, code, at=phone_at, after=factor.last_step)
    if step is None:
        return False
    spent = SecondFactor.objects.filter(pk=factor.pk, last_step__lt=step).update(last_step=step)
    return bool(spent)
