"""Evidence packs: a clause or a regulation for a period, as one signed file that proves itself offline.

`container`, `form`, `ground`, `signing`, `shape`, `proving`, `checking` and `tool` are pure: `keyue verify --pack` loads
no Django. `gathering`, `report*` and the room's `actions.packs` make the packs.
"""
