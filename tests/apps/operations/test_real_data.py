"""Real data knows no clock but the real one, whichever way it would come under another."""

from __future__ import annotations

import copy
import json

import pytest

from keyue.company.selectors import is_founded
from keyue.operations.first_run.document import EXAMPLE
from tests.journeys.world import install
from tests.support.founders import PASSWORDS

MOVABLE = {"KEYUE_TEST_CLOCK": "1"}


@pytest.mark.sqlite
@pytest.mark.parametrize(
    "arguments",
    [
        ("import", "cases", "a.csv"),
        ("verify",),
        ("regulation", "list"),
        ("clock", "advance", "1h"),
        ("serve",),
    ],
)
def test_no_command_has_real_data_under_a_movable_clock(fresh_database, keyue, arguments):
    install()
    done = keyue(*arguments, environment={**fresh_database.environment, **MOVABLE})
    assert done.returncode == 2, done.stderr
    assert "这里有真实数据" in done.stderr


@pytest.mark.sqlite
def test_no_real_company_begins_under_a_moved_clock(fresh_database, keyue, home, tmp_path):
    said = copy.deepcopy(EXAMPLE)
    for key, password in PASSWORDS.items():
        said["administrators"][key]["password"] = password
    file = tmp_path / "company.json"
    file.write_text(json.dumps(said), encoding="utf-8")
    movable = {**fresh_database.environment, **MOVABLE}
    assert keyue("clock", "advance", "720h", environment=movable).returncode == 0
    # without the variable too: a process that has it may be running
    for environment in (movable, fresh_database.environment):
        done = keyue("found", str(file), environment=environment)
        assert (done.returncode, "测试时钟" in done.stderr) == (2, True), done.stderr
        assert not is_founded()
    (home / "clock.json").unlink()
    assert keyue("found", str(file), environment=fresh_database.environment).returncode == 0


@pytest.mark.parametrize("act", ["set", "advance"])
def test_a_move_needs_its_value(keyue, act):
    done = keyue("clock", act, environment=MOVABLE)
    assert (done.returncode, f"{act} 后面要写" in done.stderr, "None" in done.stderr) == (2, True, False)
