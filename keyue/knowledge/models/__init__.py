"""Tables of the knowledge room. Only `actions/` writes here."""

from keyue.knowledge.models.articles import (
    Article,
    ArticleEdition,
    ArticleFile,
    ArticleWording,
    KnowledgeWords,
)
from keyue.knowledge.models.questions import Question, QuestionGroup
from keyue.knowledge.models.scripts import RequiredLine, Script, ScriptEdition, SpeechRules
from keyue.knowledge.models.writers import LanguageModel

__all__ = [
    "Article",
    "ArticleEdition",
    "ArticleFile",
    "ArticleWording",
    "KnowledgeWords",
    "LanguageModel",
    "Question",
    "QuestionGroup",
    "RequiredLine",
    "Script",
    "ScriptEdition",
    "SpeechRules",
]
