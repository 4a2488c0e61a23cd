"""Reading a company's own regulation: file → clean text → numbered units → duties with a time → suggested controls."""
