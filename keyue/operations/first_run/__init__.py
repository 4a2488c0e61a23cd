"""The first run: a company is set up on screen, once.

`gate.py` says who may, `answers.py` keeps what was answered between the steps, `founding.py` turns the answers into the
one act of `operations.actions.found`.
"""
