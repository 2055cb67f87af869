"""Every error that povner raises on purpose.

PovnerError
├── InputError        what the caller gave cannot be read: a path, an encoding, a format
│   └── OutputExists  the output is there already and would be overwritten
├── ModelError        a model folder is missing, incomplete or broken
├── AnnotationError   an annotation file breaks the format or the guideline
└── RecipeError       a training recipe or its data is wrong or missing
"""


class PovnerError(Exception):
    """Base class of all errors raised by povner."""


class InputError(PovnerError, ValueError):
    """What the caller gave cannot be read."""


class OutputExists(InputError):
    """The output exists already and nobody allowed to overwrite it."""


class ModelError(PovnerError):
    """A model folder is missing, incomplete or broken."""


class AnnotationError(PovnerError, ValueError):
    """An annotation file breaks the format or the guideline."""


class RecipeError(PovnerError, ValueError):
    """A training recipe, or the data it names, is wrong or missing."""
