"""What can be proposed for a new opinion, from its words alone: pure Python, no Django, no database.

`features` cuts texts, `linear` learns from confirmed cases, `base` is what is known before there are enough, `store` keeps
a model as bytes, `figures` measures one, `likeness` finds what says the same, `routing` says whose it is.
"""
