"""Writing what the company does about its own regulations."""

from keyue.compliance.actions.in_force import note_editions_in_force
from keyue.compliance.actions.packs import (
    ask_pack,
    fail_pack,
    finish_pack,
    keep_pack,
    note_pack_download,
    take_pack,
    tidy_packs,
)
from keyue.compliance.actions.rebasing import ask_rebasing, decide_rebasing, go_on
from keyue.compliance.actions.what_if import (
    ask_what_if,
    cancel_what_if,
    draft_from_what_if,
    finish_what_if,
    hold_what_if,
    keep_slice,
    take_what_if,
    tidy_what_ifs,
)

__all__ = [
    "ask_pack",
    "ask_rebasing",
    "ask_what_if",
    "cancel_what_if",
    "decide_rebasing",
    "draft_from_what_if",
    "fail_pack",
    "finish_pack",
    "finish_what_if",
    "go_on",
    "hold_what_if",
    "keep_pack",
    "keep_slice",
    "note_editions_in_force",
    "note_pack_download",
    "take_pack",
    "take_what_if",
    "tidy_packs",
    "tidy_what_ifs",
]
