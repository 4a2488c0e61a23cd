"""The pages of contracts and projects."""
