"""Finding the article that answers a question: pure Python, no network, no model file, the same for everybody who asks.

index = Index(documents)            # once, when articles change
index.search(question)              # the likeliest articles, best first, each with the passage that fits
index.answer(question)              # the best of them with its confidence, or None where nothing is sure enough
"""

from keyue.knowledge.retrieval.index import Answer, Document, Hit, Index

__all__ = ["Answer", "Document", "Hit", "Index"]
