"""Pages made from the package's templates."""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined


def render(template: str, *, escape: bool, **values: Any) -> str:
    """Fill a template; a value that it names and nobody gives is an error.

    Args:
        template: The name of a file in ``templates/``.
        escape: Whether values are text to be escaped in HTML.
        **values: What the template names.
    """
    environment = Environment(
        loader=PackageLoader("povner_training"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=escape,
    )
    return environment.get_template(template).render(**values)
