"""An independent reading of the engine's specification, for comparison with the engine.

Written from the text alone, slow and plain: where the two differ, one of them is wrong, or the text is.
"""
