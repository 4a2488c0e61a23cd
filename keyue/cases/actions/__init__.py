"""Writing cases: each act in the room of its stage."""
