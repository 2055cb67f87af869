"""The records that povner returns: Document, Entity and their values, Quantity and Place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal
from typing import TYPE_CHECKING, Any, Literal

from povner.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

MONEY, HEADCOUNT, PLACE, ORG = LABELS = ("MONEY", "HEADCOUNT", "PLACE", "ORG")

Qualifier = Literal["exact", "about", "over", "under", "range", "vague"]
Level = Literal["country", "province", "city", "county", "township"]

EXACT = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN)
"""Adds and multiplies without rounding, whatever the caller's decimal context is."""
_HALF = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class Quantity:
    """An amount of money or a number of people or households.

    ``<`` and ``>`` compare with another quantity of the same unit and rate, or with a number. They
    are true only where they hold for every value that the bounds allow, so of ``a < b`` and
    ``a >= b`` both may be false: 超过2亿元 is neither less than 3亿元 nor known to be more.
    约5万元 (``about``) compares, and contains, as the number that it states: how far it may be off,
    the text does not say.

    Attributes:
        unit: ISO 4217 code (``CNY``), or ``person``, ``household``, ``person_time``,
            ``household_time``.
        lower: Lower bound in the base unit (yuan, persons); None when the text gives none.
        upper: Upper bound in the base unit; None when the text gives none.
        qualifier: How the text hedges the number.
        inclusive: Whether a stated bound itself is meant (至少 yes, 超过 no).
        per: What the quantity is per (``year``, ``person``, ``mu`` …), in text order.
        flags: Reasons to distrust the figure; empty when there are none. ``bounds_inverted``: a
            range whose first bound is the larger; ``lost_digit``: damage directly before the
            number; ``exceeds_population``: more people than can live in the area named before;
            ``more_households_than_people``: 100户 glued to 80人; ``too_many_people_per_household``:
            17751户 glued to 50118万人.

    >>> from decimal import Decimal
    >>> value = Quantity("CNY", Decimal(6), Decimal(8), "range", per=("kg",))
    >>> str(value), value.midpoint, value < 9
    ('6–8 CNY/kg', Decimal('7.0'), True)
    """

    unit: str
    lower: Decimal | None
    upper: Decimal | None
    qualifier: Qualifier = "exact"
    inclusive: bool = True
    per: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()

    @property
    def midpoint(self) -> Decimal | None:
        """The middle of the bounds; None where one is missing."""
        if self.lower is None or self.upper is None:
            return None
        return EXACT.multiply(EXACT.add(self.lower, self.upper), _HALF)

    def contains(self, number: Decimal | int) -> bool:
        """Return whether a number lies within the bounds; 约5万元 contains its stated number alone.

        Raises:
            InputError: The number is not a number (NaN).

        >>> from decimal import Decimal
        >>> more = Quantity("person", Decimal(100), None, "over", inclusive=False)
        >>> more.contains(100), more.contains(101)
        (False, True)
        """
        number = _known(number)
        above = self.lower is None or self.lower < number
        below = self.upper is None or number < self.upper
        on_bound = self.inclusive and number in (self.lower, self.upper)
        return (above and below) or on_bound

    def __lt__(self, other: object) -> bool:
        """Return whether every value of this is smaller than every value of `other`."""
        if not isinstance(other, Quantity | Decimal | int):
            return NotImplemented
        return self._is_below(self._comparable(other), strictly=True)

    def __le__(self, other: object) -> bool:
        """Return whether no value of this is larger than any value of `other`."""
        if not isinstance(other, Quantity | Decimal | int):
            return NotImplemented
        return self._is_below(self._comparable(other), strictly=False)

    def __gt__(self, other: object) -> bool:
        """Return whether every value of this is larger than every value of `other`."""
        if not isinstance(other, Quantity | Decimal | int):
            return NotImplemented
        return self._comparable(other)._is_below(self, strictly=True)

    def __ge__(self, other: object) -> bool:
        """Return whether no value of this is smaller than any value of `other`."""
        if not isinstance(other, Quantity | Decimal | int):
            return NotImplemented
        return self._comparable(other)._is_below(self, strictly=False)

    def __str__(self) -> str:
        """Return the canonical short text: ``>200,000,000 CNY``, ``6–8 CNY/kg``, ``≤5 person``."""
        unit = "/".join((self.unit, *self.per))
        match self.qualifier:
            case "over":
                return f"{'≥' if self.inclusive else '>'}{_grouped(self.lower)} {unit}"
            case "under":
                return f"{'≤' if self.inclusive else '<'}{_grouped(self.upper)} {unit}"
            case "range":
                return f"{_grouped(self.lower)}–{_grouped(self.upper)} {unit}"
            case "vague":
                return f"≈{_grouped(self.lower)}–{_grouped(self.upper)} {unit}"
            case "about":
                return f"≈{_grouped(self.lower)} {unit}"
        return f"{_grouped(self.lower)} {unit}"

    def _comparable(self, other: Quantity | Decimal | int) -> Quantity:
        """Return `other` as a quantity of this unit and rate."""
        if not isinstance(other, Quantity):
            number = _known(other)
            return Quantity(self.unit, number, number, per=self.per)
        if (self.unit, sorted(self.per)) != (other.unit, sorted(other.per)):
            raise InputError(
                f"'{self}' and '{other}' cannot be compared: units and rates must be the same."
            )
        return other

    def _is_below(self, other: Quantity, *, strictly: bool) -> bool:
        """Return whether this lies below `other`; a bound that neither reaches may be shared."""
        if self.upper is None or other.lower is None:
            return False
        # The bounds of a range may be inverted (5万到3万, which is flagged).
        highest = self.upper if self.lower is None else max(self.lower, self.upper)
        lowest = other.lower if other.upper is None else min(other.lower, other.upper)
        if highest == lowest:
            return not (strictly and self.inclusive and other.inclusive)
        return highest < lowest

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form: decimals as plain digit strings, tuples as lists."""
        return {
            "unit": self.unit,
            "lower": None if self.lower is None else format(self.lower, "f"),
            "upper": None if self.upper is None else format(self.upper, "f"),
            "qualifier": self.qualifier,
            "inclusive": self.inclusive,
            "per": list(self.per),
            "flags": list(self.flags),
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Quantity:
        """Read what `to_dict` wrote."""
        return cls(
            unit=record["unit"],
            lower=None if record["lower"] is None else Decimal(record["lower"]),
            upper=None if record["upper"] is None else Decimal(record["upper"]),
            qualifier=record["qualifier"],
            inclusive=record["inclusive"],
            per=tuple(record["per"]),
            flags=tuple(record["flags"]),
        )


def _known(number: Decimal | int) -> Decimal:
    """Return a number as a Decimal, unless it is none."""
    number = Decimal(number)
    if number.is_nan():
        raise InputError("NaN lies nowhere, so it cannot be compared. Give a number.")
    return number


def _grouped(bound: Decimal | None) -> str:
    """Return a bound with thousands separators; nothing for a missing one."""
    return "" if bound is None else format(bound, ",f")


@dataclass(frozen=True, slots=True)
class FormerDivision:
    """What a division was in the text's own year.

    Attributes:
        adcode: The code that it had; None where it is not known.
        full_name: Its name with those of the divisions it lay in: 河北省张家口市宣化县.
    """

    adcode: str | None
    full_name: str


@dataclass(frozen=True, slots=True)
class Place:
    """The division that a place is or lies in, as of today, county level or above.

    Attributes:
        adcode: Six-digit code (GB/T 2260); None abroad, and where the page does not tell which of
            the `candidates` is meant.
        name: The division's or country's own name: 河西区; None where it is not certain.
        full_name: With the names of the divisions it lies in: 天津市河西区.
        level: Its level; None where nothing is certain.
        country: ISO 3166-1 alpha-2 code.
        province: Name of its province; None abroad.
        city: Name of its prefecture; None in municipalities and for counties directly below a
            province.
        county: Name of its county, district or county-level city.
        township: The township or street that the place is or lies in, as far as the text tells,
            or the area without a code of its own (雄安新区, 台北市).
        former: What the division was in the text's year, where its name or code differed.
        score: How sure the link is, 0 to 1; 0 where nothing was chosen.
        candidates: Codes of the divisions that it may be instead or in more detail.
    """

    adcode: str | None
    name: str | None
    full_name: str | None
    level: Level | None
    country: str | None
    province: str | None = None
    city: str | None = None
    county: str | None = None
    township: str | None = None
    former: FormerDivision | None = None
    score: float = 1.0
    candidates: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the full name, with the township if there is one; ``?`` if it is not certain."""
        return (self.full_name or "?") + (self.township or "")

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return asdict(self) | {
            "score": round(self.score, 4),
            "candidates": list(self.candidates),
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Place:
        """Read what `to_dict` wrote."""
        former = record["former"]
        return cls(
            **{
                **record,
                "former": None if former is None else FormerDivision(**former),
                "candidates": tuple(record["candidates"]),
            }
        )


@dataclass(frozen=True, slots=True)
class Entity:
    """A labelled span of a document.

    Attributes:
        label: ``MONEY``, ``HEADCOUNT``, ``PLACE``, ``ORG``, or a label of your own model.
        text: The characters of the span, as they stand in the document.
        start: Code-point offset of the first character in the document's text.
        end: Code-point offset behind the last character.
        score: Posterior probability of the span, 0 to 1.
        value: The Quantity of a MONEY or HEADCOUNT, the Place of a PLACE; None where it is unknown.
        place: The Place that the name of an ORG begins with; None where it begins with none.
    """

    label: str
    text: str
    start: int
    end: int
    score: float
    value: Quantity | Place | None = None
    place: Place | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form; ``place`` is there for an ORG only."""
        record = {
            "label": self.label,
            "text": self.text,
            "start": self.start,
            "end": self.end,
            "score": round(self.score, 4),
            "value": None if self.value is None else self.value.to_dict(),
        }
        if self.label == ORG:
            record["place"] = None if self.place is None else self.place.to_dict()
        return record

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Entity:
        """Read what `to_dict` wrote."""
        value, place = record["value"], record.get("place")
        kind = Place if record["label"] == PLACE else Quantity
        return cls(
            label=record["label"],
            text=record["text"],
            start=record["start"],
            end=record["end"],
            score=record["score"],
            value=None if value is None else kind.from_dict(value),
            place=None if place is None else Place.from_dict(place),
        )


@dataclass(frozen=True, slots=True)
class Document:
    """A text with its entities in reading order; ``text[e.start:e.end] == e.text`` for each.

    Attributes:
        text: The text exactly as given.
        entities: Its entities, ordered by start, never overlapping.
        id: The caller's name for the document, if any.
        meta: The caller's own columns, passed through.
    """

    text: str
    entities: tuple[Entity, ...] = ()
    id: str | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form, one line of a JSONL output."""
        return {
            "id": self.id,
            "meta": dict(self.meta),
            "text": self.text,
            "entities": [entity.to_dict() for entity in self.entities],
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Document:
        """Read what `to_dict` wrote.

        Raises:
            InputError: The record lacks a field, or an entity's offsets do not give its text.
        """
        try:
            document = cls(
                text=record["text"],
                entities=tuple(Entity.from_dict(entity) for entity in record["entities"]),
                id=record.get("id"),
                meta=record.get("meta", {}),
            )
        except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
            raise InputError(
                f"This is no povner document ({type(error).__name__}: {error}). Expected a record "
                "with 'text' and 'entities' as Document.to_dict() writes it."
            ) from error
        for entity in document.entities:
            if document.text[entity.start : entity.end] != entity.text:
                raise InputError(
                    f"Entity {entity.text!r} is not at [{entity.start}, {entity.end}) of document "
                    f"{document.id!r}; there stands "
                    f"{document.text[entity.start : entity.end]!r}. Give the text that the "
                    "entities were found in, unchanged."
                )
        return document

    def to_frame(self) -> pd.DataFrame:
        """Return one row per entity as a pandas DataFrame (needs ``povner[table]``).

        Columns: ``document``, ``label``, ``text``, ``start``, ``end``, ``score``, then the value
        as ``value`` (the short text, ``>200,000,000 CNY``, 天津市河西区) and in its parts: of a
        quantity ``unit``, ``lower``, ``upper`` (Decimal), ``qualifier``, ``inclusive``, ``per``
        (joined by ``,``) and ``flags`` (joined by ``,``); of a place, or the place that an ORG's
        name begins with, ``adcode``, ``level``, ``country``, ``province``, ``city``, ``county`` and
        ``township``; missing where there is no value.
        """
        import pandas as pd

        return pd.DataFrame([entity_row(self, entity) for entity in self.entities], columns=ROW)


@dataclass(frozen=True, slots=True)
class Failure:
    """A document that could not be read or extracted, in its place among the others.

    Attributes:
        id: The caller's name for the document.
        meta: The caller's own columns, passed through.
        type: The name of the exception's class.
        message: What went wrong and what to do.
    """

    id: str | None
    meta: Mapping[str, Any]
    type: str
    message: str

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form, one line of a JSONL output."""
        return {
            "id": self.id,
            "meta": dict(self.meta),
            "error": {"type": self.type, "message": self.message},
        }


_QUANTITY = ("unit", "lower", "upper", "qualifier", "inclusive", "per", "flags")
_PLACE = ("adcode", "level", "country", "province", "city", "county", "township")
ROW = ("document", "label", "text", "start", "end", "score", "value", *_QUANTITY, *_PLACE)


def entity_row(document: Document, entity: Entity) -> tuple[Any, ...]:
    """Flatten one entity to the columns `ROW`; Decimals stay Decimals."""
    value = entity.value
    place = value if isinstance(value, Place) else entity.place
    quantity: tuple[Any, ...] = (None,) * len(_QUANTITY)
    if isinstance(value, Quantity):
        quantity = (
            value.unit, value.lower, value.upper, value.qualifier, value.inclusive,
            ",".join(value.per), ",".join(value.flags),
        )  # fmt: skip
    shown = value or place
    return (
        document.id, entity.label, entity.text, entity.start, entity.end, entity.score,
        None if shown is None else str(shown),
        *quantity,
        *(getattr(place, column, None) for column in _PLACE),
    )  # fmt: skip
