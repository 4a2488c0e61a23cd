"""Customers in by a sheet and out by a file: columns, reading, the dry run, and what a file that goes out holds."""
