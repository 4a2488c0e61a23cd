"""Writing: what was proposed and taken over, models, lists, rules, skills, and problems."""

from keyue.sorting.actions.accepting import accept
from keyue.sorting.actions.problems import (
    dismiss,
    find_cause,
    link_case,
    open_problem,
    reopen,
    solve,
    suspect,
    unlink_case,
)
from keyue.sorting.actions.taking_in import take_in
from keyue.sorting.actions.training import keep_model, put_model
from keyue.sorting.actions.tuning import (
    change_alarm,
    change_words,
    end_rule,
    give_skill,
    keep_rule,
    move_rule,
    take_skill,
)

__all__ = [
    "accept",
    "change_alarm",
    "change_words",
    "dismiss",
    "end_rule",
    "find_cause",
    "give_skill",
    "keep_model",
    "keep_rule",
    "link_case",
    "move_rule",
    "open_problem",
    "put_model",
    "reopen",
    "solve",
    "suspect",
    "take_in",
    "take_skill",
    "unlink_case",
]
