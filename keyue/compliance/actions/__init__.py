"""Writing what the company does about its own regulations."""

from keyue.compliance.actions.in_force import note_editions_in_force

__all__ = ["note_editions_in_force"]
