"""The tables of the privacy room, one module for each of its parts."""

from keyue.privacy.models.consents import Consent as Consent
from keyue.privacy.models.consents import Proof as Proof
from keyue.privacy.models.consents import Purpose as Purpose
from keyue.privacy.models.consents import PurposeText as PurposeText
from keyue.privacy.models.outward import Disclosure as Disclosure
from keyue.privacy.models.outward import Provision as Provision
from keyue.privacy.models.requests import HandOver as HandOver
from keyue.privacy.models.requests import IdentityCheck as IdentityCheck
from keyue.privacy.models.requests import RightRequest as RightRequest
from keyue.privacy.models.retention import LegalHold as LegalHold
from keyue.privacy.models.retention import Restriction as Restriction
from keyue.privacy.models.retention import RetentionCandidate as RetentionCandidate
from keyue.privacy.models.retention import RetentionRule as RetentionRule
