"""Finding records of the same customer: identifiers, names as Chinese companies have them, persons, addresses. Pure."""
