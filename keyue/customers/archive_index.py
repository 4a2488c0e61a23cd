"""Which files of the whole archive are worth comparing: read once, kept as small numbers, gone through step by step.

Nothing is unsealed here: telephone numbers, addresses and names of persons meet by their blind indexes, organisations by
the parts of their names. What is compared in the clear are the few that met (`likeness.py`).
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from itertools import combinations, islice

from django.db.models import Max, QuerySet

from keyue.customers.enums import Kind
from keyue.customers.likeness import records_of
from keyue.customers.matching.blocks import MOST_RECORDS, Blocks, Pairs
from keyue.customers.matching.companies import parsed
from keyue.customers.matching.comparing import companies
from keyue.customers.matching.matcher import CROWD, RARE, Matcher
from keyue.customers.models import Contact, Customer, Identifier
from keyue.customers.sealed_identifiers import NAMES
from keyue.customers.selectors import STANDING

READ_AT_A_TIME = 2_000
GROUPS_AT_A_TIME = 3_000
SAMPLE = 5_000
"""Files by which it is told how common words of names and addresses are."""
AGREES = 12.0
"""Bits that two names of companies must come to by themselves, before anything else of their files is read."""
COMMON_BRAND = 8.0


def files() -> tuple[int, int]:
    """How many files there are to compare, and the newest of them."""
    rows = _rows()
    return rows.count(), rows.aggregate(last=Max("pk"))["last"] or 0


def _rows() -> QuerySet[Customer]:
    return Customer.objects.filter(STANDING, merged_into=None, erased_at=None)


class ArchiveIndex:
    """The files up to `last`, in the order of their ids: first `read` until it gives nothing, then `gather`.

    Half a million files take some 150 MB, most of it the names of organisations.
    """

    def __init__(self, last: int) -> None:
        self.last = last
        self.ids = array("q")
        self.names: list[str] = []
        self.known_otherwise: set[int] = set()
        self.numbers, self.brands, self.persons = Blocks(CROWD), Blocks(CROWD), Blocks(RARE)
        self.pairs = Pairs()
        self._groups: Iterator[None] | None = None

    # --- reading ---

    def read(self) -> int:
        """Read the next files; how many."""
        if len(self.ids) >= MOST_RECORDS:
            return 0
        after = self.ids[-1] if self.ids else 0
        columns = ("pk", "kind", "name", "region", "city")
        rows = _rows().filter(pk__gt=after, pk__lte=self.last).order_by("pk")
        found = list(rows.values_list(*columns)[:READ_AT_A_TIME])
        places: dict[int, int] = {}
        towns: dict[int, bytes] = {}
        for pk, kind, name, region, city in found:
            places[pk] = len(self.ids)
            self.ids.append(pk)
            self.names.append(name)
            if kind == Kind.ORGANISATION:
                self._add_name(places[pk], name)
            else:
                towns[pk] = f"{region}{city}".encode()
        if found:
            self._read_contacts(found[0][0], found[-1][0], places, towns)
            self._read_identifiers(found[0][0], found[-1][0], places)
        return len(found)

    def _add_name(self, place: int, name: str) -> None:
        company = parsed(name)
        self.brands.add(place, "brand", company.brand.encode())
        if company.trades:
            self.brands.add(place, "core", company.core.encode())
        if company.places:
            self.brands.add(place, "near", f"{company.core[:2]}\0{company.places[-1]}".encode())

    def _read_contacts(self, first: int, last: int, places: dict[int, int], towns: dict[int, bytes]) -> None:
        rows = Contact.objects.filter(customer__gte=first, customer__lte=last)
        columns = ("customer_id", "is_self", "name_index", "phone_index", "email_index")
        for pk, is_self, name, phone, email in rows.values_list(*columns):
            place = places.get(pk)
            if place is None:
                continue
            for kind, index in (("phone", phone), ("email", email)):
                if index:
                    self.numbers.add(place, kind, index.encode())
            if is_self and name:
                self.persons.add(place, "name", name.encode() + towns.get(pk, b""))

    def _read_identifiers(self, first: int, last: int, places: dict[int, int]) -> None:
        rows = Identifier.objects.filter(customer__gte=first, customer__lte=last, ended_at=None)
        columns = ("customer_id", "kind", "system", "key", "value")
        for pk, kind, system, key, value in rows.values_list(*columns):
            place = places.get(pk)
            if place is None or key is None:
                continue
            if kind in NAMES and value:
                self.known_otherwise.add(place)
                self._add_name(place, value)
            else:
                self.numbers.add(place, f"{kind}:{system}", bytes(key))

    # --- candidates ---

    def gather(self) -> bool:
        """Go on bringing together what shares a key; whether there is more to do. Then `pairs` are in order."""
        if self._groups is None:
            self._groups = self._gathering()
        done = sum(1 for _one in islice(self._groups, GROUPS_AT_A_TIME))
        if done == GROUPS_AT_A_TIME:
            return True
        self.pairs.settle()
        self.names = []
        return False

    def _gathering(self) -> Iterator[None]:
        for blocks in (self.numbers, self.persons):
            for group in blocks.groups():
                for a, b in combinations(group, 2):
                    self.pairs.add(a, b)
                yield
        for group in self.brands.groups():
            self._add_alike(group)
            yield

    def _add_alike(self, group: Sequence[int]) -> None:
        """Those of a group of companies whose names do not speak against each other."""
        names = [parsed(self.names[place]) for place in group]
        for (a, one), (b, other) in combinations(zip(group, names, strict=True), 2):
            known = a in self.known_otherwise or b in self.known_otherwise
            if known or companies(one, other, COMMON_BRAND).weight >= AGREES:
                self.pairs.add(a, b)

    def matcher(self) -> Matcher:
        """A matcher that knows from a sample how common words are, and how many files there are."""
        step = max(1, len(self.ids) // SAMPLE)
        sample = Matcher(list(records_of(self.ids[::step][: SAMPLE + 1]).values()))
        found = Matcher([])
        found.words, found.places, found.brands = sample.words, sample.places, sample.brands
        found.bits = Matcher.bits_of(len(self.ids))
        return found
