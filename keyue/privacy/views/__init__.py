"""The pages of the privacy room."""
