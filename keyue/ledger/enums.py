"""Closed lists of the ledger."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Fault(TextChoices):
    """What can be wrong with a ledger; the values are stable."""

    ALTERED = "altered", _("事实被改动")
    UNREADABLE = "unreadable", _("事实无法读取")
    MISSING = "missing", _("事实缺失")
    EXTRA = "extra", _("事实多出")
    RELINKED = "relinked", _("次序被改动")
    HEAD = "head", _("链头不符")
    SEALED_MARK = "sealed_mark", _("封存标记不符")
    SEALED_DIFFERS = "sealed_differs", _("与封存时不同")
    TAKEN_BACK = "taken_back", _("退回到封存之前")
    CHAIN_DELETED = "chain_deleted", _("事实链被删除")
    CHECKPOINT_MISSING = "checkpoint_missing", _("检查点缺失")
    CHECKPOINT_ALTERED = "checkpoint_altered", _("检查点被改动")
    CHECKPOINT_UNLINKED = "checkpoint_unlinked", _("检查点不相连")
    CHECKPOINT_UNSIGNED = "checkpoint_unsigned", _("检查点签名无效")
    COPY_MISSING = "copy_missing", _("检查点副本缺失")
    COPY_DIFFERS = "copy_differs", _("检查点与副本不同")
    COPY_DAMAGED = "copy_damaged", _("检查点副本损坏")
    NO_PUBLIC_KEY = "no_public_key", _("没有公钥")
    UNPROTECTED = "unprotected", _("表失去保护")


FAULT_SENTENCES: dict[Fault, Promise] = {
    Fault.ALTERED: _("%(stream)s 的第 %(rev)s 条事实被改动过：内容与散列不符。"),
    Fault.UNREADABLE: _("%(stream)s 的第 %(rev)s 条事实无法读取：%(detail)s"),
    Fault.MISSING: _("%(stream)s 缺少第 %(rev)s 至 %(detail)s 条事实。"),
    Fault.EXTRA: _("%(stream)s 的第 %(rev)s 条事实多出，不在链中。"),
    Fault.RELINKED: _("%(stream)s 的第 %(rev)s 条事实不接在前一条之后：次序被改动，或前一条被替换。"),
    Fault.HEAD: _("%(stream)s 的链头与第 %(rev)s 条事实的散列不符。"),
    Fault.SEALED_MARK: _("%(stream)s 标记为已封存到第 %(rev)s 条，检查点里却是第 %(detail)s 条。"),
    Fault.SEALED_DIFFERS: _("%(stream)s 的第 %(rev)s 条事实与第 %(n)s 号检查点封存的不同。"),
    Fault.TAKEN_BACK: _("%(stream)s 在第 %(n)s 号检查点已有 %(rev)s 条事实，现在只有 %(detail)s 条。"),
    Fault.CHAIN_DELETED: _("%(stream)s 在第 %(n)s 号检查点已有 %(rev)s 条事实，现在整条链都不在了。"),
    Fault.CHECKPOINT_MISSING: _("数据库里没有第 %(n)s 号检查点：数据库可能被退回到旧的状态。"),
    Fault.CHECKPOINT_ALTERED: _("第 %(n)s 号检查点的内容与摘要不符。"),
    Fault.CHECKPOINT_UNLINKED: _("第 %(n)s 号检查点不接在前一号之后。"),
    Fault.CHECKPOINT_UNSIGNED: _("第 %(n)s 号检查点的签名不是本系统的。"),
    Fault.COPY_MISSING: _("第 %(n)s 号检查点在数据库外的副本不见了。"),
    Fault.COPY_DIFFERS: _("第 %(n)s 号检查点与数据库外的副本不同。"),
    Fault.COPY_DAMAGED: _("第 %(n)s 号检查点在数据库外的副本被改动或损坏。"),
    Fault.NO_PUBLIC_KEY: _("没有签名密钥，也没有公钥（keys/signing.pub），无法核对检查点的签名。"),
    Fault.UNPROTECTED: _("表 %(detail)s 的防改触发器不见了或被停用：这张表现在可以被改动。"),
}
