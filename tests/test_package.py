"""The package as it is imported and installed."""

from __future__ import annotations

import importlib.metadata
import importlib.resources

import pytest

import kmformat


def test_every_public_name_is_there_and_documented() -> None:
    for name in kmformat.__all__:
        value = getattr(kmformat, name)
        assert name in dir(kmformat)
        assert isinstance(value, int) or value.__doc__, name


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        kmformat.nothing  # noqa: B018


def test_the_version_is_that_of_the_installed_package() -> None:
    assert importlib.metadata.version("kmformat") == kmformat.__version__


def test_types_are_shipped() -> None:
    assert (importlib.resources.files("kmformat") / "py.typed").is_file()
