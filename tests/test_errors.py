"""Errors in five parts."""

import pytest

from metaleak import errors


def test_an_error_tells_all_five_parts():
    error = errors.TableError("wrong", required="a", got="b", where="row 2", todo="mend it")

    assert str(error) == "row 2: wrong; required: a; got: 'b'; mend it"


@pytest.mark.parametrize(
    ("kind", "code"),
    [(errors.SheetError, 1), (errors.ConvergenceError, 1), (errors.LockedError, 2), (errors.UsageError, 2)],
)
def test_input_errors_exit_with_1_and_machine_errors_with_2(kind, code):
    assert kind("x").exit_code == code


def test_a_convergence_error_keeps_the_last_state():
    assert errors.ConvergenceError("x", state={"tau": 2.0}).state == {"tau": 2.0}


def test_the_tree_in_the_docstring_names_every_error():
    names = [
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, Exception)
    ]

    assert all(name in errors.__doc__ for name in names)
