"""Live chat: the window on a company's pages, and what visitors say in it."""
