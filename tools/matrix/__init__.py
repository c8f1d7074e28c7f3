"""The tests of the core under other versions of Python and of what the package needs."""
