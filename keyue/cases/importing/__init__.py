"""Cases from a spreadsheet: reading it, understanding its columns, and the run that registers its rows.

`xlsx.py` and `reading.py` turn a file into rows on disk without holding it in memory, `columns.py` and `rows.py` say
what a row means, `actions.py` registers the rows in batches, `faults.py` gives the bad ones back.
"""
