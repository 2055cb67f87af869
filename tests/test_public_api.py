"""The public names: each there, none forgotten, sorted."""

import inspect

import povner


def test_all_is_sorted():
    assert povner.__all__ == sorted(povner.__all__)


def test_all_says_what_is_there():
    public = {
        name
        for name, value in vars(povner).items()
        if not name.startswith("_") and getattr(value, "__module__", "").startswith("povner.")
    }
    assert public | set(povner._LAZY) == set(povner.__all__)


def test_every_public_name_is_a_documented_class_or_function():
    for name in povner.__all__:
        value = getattr(povner, name)
        assert inspect.isclass(value) or inspect.isfunction(value), name
        assert inspect.getdoc(value), name


def test_an_unknown_name_is_an_attribute_error():
    assert not hasattr(povner, "extrcat")
