"""How is an example drawn? A strategy for each form that its values may have."""

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from conformance.properties.search import Example
from vectors.examples.forms import Form, Many, OneOf, Row, Whole
from vectors.examples.of_properties import forms_of


def examples(params: Mapping[str, Any]) -> SearchStrategy[Example]:
    """Examples of the property that a case with these parameters asks."""
    return st.fixed_dictionaries({name: _strategy(form) for name, form in forms_of(params).items()})


def _strategy(form: Form) -> SearchStrategy[Any]:
    if isinstance(form, Whole):
        return st.integers(form.low, form.high)
    if isinstance(form, OneOf):
        return st.sampled_from(form.values)
    if isinstance(form, Many):
        return st.lists(_strategy(form.of), min_size=form.least, max_size=form.most)
    if isinstance(form, Row):
        return st.tuples(*map(_strategy, form.of)).map(list)
    return st.booleans()
