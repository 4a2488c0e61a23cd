"""The first run: a company is set up on screen, once.

`gate.py` says who may, `answers.py` keeps what was answered between the steps, `durations.py` and `hours.py` read what
people type, `founding.py` turns the answers into the one act of `operations.actions.found`.
"""
