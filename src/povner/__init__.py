"""povner turns Chinese news and government text about poverty alleviation into data.

>>> from povner import extract
>>> document = extract("4年累計撥付3.09億元，帶動6100戶14530人脫貧")
>>> document.entities[0].value.lower
Decimal('309000000')
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from povner.entities import Document, Entity, Failure, FormerDivision, Place, Quantity
from povner.errors import (
    AnnotationError,
    InputError,
    ModelError,
    OutputExists,
    PovnerError,
    RecipeError,
)

if TYPE_CHECKING:
    from povner.extractor import Extractor, extract
    from povner.places import link_places
    from povner.quantities import normalize, normalize_headcount, normalize_money

__all__ = [
    "AnnotationError",
    "Document",
    "Entity",
    "Extractor",
    "Failure",
    "FormerDivision",
    "InputError",
    "ModelError",
    "OutputExists",
    "Place",
    "PovnerError",
    "Quantity",
    "RecipeError",
    "extract",
    "link_places",
    "normalize",
    "normalize_headcount",
    "normalize_money",
]

_LAZY = {
    "Extractor": "povner.extractor",
    "extract": "povner.extractor",
    "link_places": "povner.places",
    "normalize": "povner.quantities",
    "normalize_headcount": "povner.quantities",
    "normalize_money": "povner.quantities",
}


def __getattr__(name: str) -> Any:
    """Import what is heavy when it is first asked for."""
    if name not in _LAZY:
        raise AttributeError(f"module 'povner' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_LAZY[name]), name)


def __dir__() -> list[str]:
    """Return the public names, the lazy ones included."""
    return __all__
