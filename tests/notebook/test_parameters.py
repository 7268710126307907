"""Parameters: merged in order, checked by name and type, resolved late, injected as literals; secrets stay secret."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_runt.errors import NotSupportedYet, ParameterError
from jupyter_runt.notebook import Cell, Notebook, injection, parameters, references, schema_checks


def notebook(**defaults: Any) -> Notebook:
    return Notebook(parameters=defaults)


def no_file(path: str) -> str:
    raise FileNotFoundError(2, "No such file or directory", path)


def resolve(book: Notebook, values: dict[str, Any], **environment: str) -> dict[str, Any]:
    return parameters.resolve_values(book, values, environment, no_file, {"DATE": "2026-11-20", "RUN_ID": "r1"})


def test_later_layers_win_and_order_is_the_files() -> None:
    merged = parameters.merge(notebook(a=1, b=2, c=3), [{"c": 4, "b": 5}, {"b": 6}])
    assert list(merged.items()) == [("a", 1), ("b", 6), ("c", 4)]


def test_every_unknown_and_ill_typed_name_is_told_with_the_known_ones() -> None:
    with pytest.raises(ParameterError) as caught:
        parameters.merge(notebook(data_size=1, name="x"), [{"datasize": 2, "name": 3}])
    assert "unknown parameter 'datasize' (did you mean 'data_size'?)" in caught.value.message
    assert "parameter 'name': expected text, as its default is, found the number 3" in caught.value.message
    assert caught.value.remedy == "parameters of this notebook: data_size, name"


@pytest.mark.parametrize(
    ("default", "value", "fits"),
    [
        (1, 2, True),
        (1, 2.5, False),
        (1, True, False),
        (1.5, 2, True),
        (1.5, True, False),
        (True, 1, False),
        ("x", "y", True),
        ("x", 1, False),
        ("x", None, False),
        (None, {"a": [1]}, True),
        ([1], ["x"], True),
        ([1], {"a": 1}, False),
        (date(2024, 1, 1), "2024-01-01", False),
        (1, "${N}", True),
    ],
)
def test_without_a_schema_the_type_is_the_defaults(default: object, value: object, fits: bool) -> None:
    if fits:
        assert parameters.merge(notebook(p=default), [{"p": value}]) == {"p": value}
        return
    with pytest.raises(ParameterError, match="parameter 'p': expected"):
        parameters.merge(notebook(p=default), [{"p": value}])


def test_a_schema_decides_where_there_is_one() -> None:
    schema: dict[str, dict[str, Any]] = {
        "n": {"type": "integer", "minimum": 1},
        "mode": {"enum": ["a", "b"]},
        "token": {"x-required": True},
    }
    book = Notebook(parameters={"n": 5}, parameter_schema=schema)
    assert parameters.merge(book, [{"n": 7, "mode": "a", "token": "${T}"}])["n"] == 7
    with pytest.raises(ParameterError) as caught:
        parameters.merge(book, [{"n": 0, "mode": "c"}])
    assert caught.value.message.splitlines() == [
        "parameter 'n': expected at least 1, found the number 0",
        "parameter 'mode': expected one of a, b, found the text 'c'",
        "the parameter 'token' is required",
    ]


def test_a_message_never_shows_a_secret() -> None:
    schema: dict[str, dict[str, Any]] = {"token": {"type": "string", "minLength": 50}, "api_key": {"pattern": "^a"}}
    book = Notebook(parameters={"password": 1}, parameter_schema=schema)
    with pytest.raises(ParameterError) as caught:
        parameters.merge(book, [{"token": "hunter2", "api_key": "hunter2", "password": "hunter2"}])
    assert caught.value.message.count("parameter ") == 3
    assert "hunter2" not in str(caught.value)


def schemas_with(items: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    optional = {
        "type": st.sampled_from(
            ["integer", "number", "string", "boolean", "null", "array", "object", ["integer", "null"]]
        ),
        "minimum": st.integers(-2, 2),
        "exclusiveMaximum": st.floats(-2, 2),
        "maxLength": st.integers(0, 2),
        "enum": st.lists(st.sampled_from(["a", "b"]), min_size=1),
    }
    return st.fixed_dictionaries({}, optional={**optional, **items})


simple_schemas = schemas_with({"items": schemas_with({"items": schemas_with({})})})
json_values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.floats(-3, 3),
    st.sampled_from(["a", "abc", 2.0]),
    st.just({}),
)
lists = st.lists(st.one_of(json_values, st.lists(json_values, max_size=2)), max_size=3)


@given(st.one_of(json_values, lists), simple_schemas)
def test_plain_schemas_are_judged_as_jsonschema_judges_them(value: object, schema: dict[str, Any]) -> None:
    import jsonschema

    assert schema_checks.is_plain(schema)
    valid = jsonschema.Draft202012Validator(schema).is_valid(value)
    assert (schema_checks.faults(value, schema) == []) == valid


def test_a_fault_inside_of_a_list_has_its_place() -> None:
    schema = {"type": "array", "items": {"type": "array", "items": {"type": "integer"}}}
    assert schema_checks.faults([[1], 2, [3, "x"]], schema) == [
        "[1] expected array, found the number 2",
        "[2][1] expected integer, found the text 'x'",
    ]


def test_other_schemas_are_left_to_jsonschema_without_a_network() -> None:
    assert schema_checks.faults("b", {"pattern": "^a"}) == ["'b' does not match '^a'"]
    assert schema_checks.faults([1], {"uniqueItems": True, "items": {"multipleOf": 2}}) == [
        "[0] 1 is not a multiple of 2"
    ]
    assert schema_checks.faults(1, {"$ref": "https://example.com/schema"}) == [
        "its schema refers to https://example.com/schema, which is not in it"
    ]
    book = Notebook(parameter_schema={"a": {"type": "int"}})
    assert "parameter_schema.a: $.type" in str(parameters.schema_problems(book)[0])


SECRETS = ["token", "api_token", "PASSWORD", "db-passwd", "client_secret", "api_key", "apiKey", "APIKey", "privateKey"]
SECRETS += ["slack_webhook_url", "githubToken"]
NO_SECRETS = [
    "sort_key",
    "key",
    "tokens",
    "token_count",
    "secretary",
    "url",
    "webhook",
    "apikeys",
    "monkey",
    "password_hint",
]


@pytest.mark.parametrize("name", SECRETS)
def test_the_last_words_of_a_name_make_it_a_secret(name: str) -> None:
    assert parameters.is_secret(name)
    assert not parameters.is_secret(name, {"x-secret": False})


@pytest.mark.parametrize("name", NO_SECRETS)
def test_other_names_are_no_secrets_unless_the_schema_says_so(name: str) -> None:
    assert not parameters.is_secret(name)
    assert parameters.is_secret(name, {"x-secret": True})


def test_secrets_of_a_notebook_are_found_in_every_place() -> None:
    cell = Cell(id="a", tags=("parameters",), source="cell_token = 1\nx = 2")
    book = Notebook(
        cells=(cell,), parameters={"password": 1, "env": "${ENV:-prod}"}, parameter_schema={"x": {"x-secret": True}}
    )
    assert parameters.secrets(book, ["new_secret", "sort_key"]) == {"password", "x", "cell_token", "new_secret"}


def test_references_are_resolved_wherever_they_stand() -> None:
    values = {"a": ["x ${A}", {"k": "${B:-b}"}], "b": "$${A} ${DATE}/${RUN_ID}", "c": "$5 {x} $A"}
    assert resolve(Notebook(), values, A="1", B="") == {
        "a": ["x 1", {"k": "b"}],
        "b": "${A} 2026-11-20/r1",
        "c": "$5 {x} $A",
    }


def test_a_whole_reference_takes_the_type_of_its_parameter() -> None:
    schema: dict[str, dict[str, Any]] = {"big": {"type": ["integer", "null"]}, "text": {"type": "string"}}
    book = Notebook(parameters={"n": 1, "rate": 0.5, "flag": True, "name": "x"}, parameter_schema=schema)
    values = {"n": "${N}", "rate": "${N}", "flag": "${F}", "name": "${N}", "big": "${N}", "text": "${N}"}
    resolved = resolve(book, values, N="12", F="no")
    assert resolved == {"n": 12, "rate": 12, "flag": False, "name": "12", "big": 12, "text": "12"}
    with pytest.raises(
        ParameterError, match="parameter 'n': expected a whole number, as its default is, found the text 'x'"
    ):
        resolve(book, {"n": "${N}"}, N="x")


def test_everything_missing_is_named_at_once() -> None:
    book = Notebook(parameters={"a": "${A}", "b": "${file:/none/x}"}, parameter_schema={"c": {"x-required": True}})
    with pytest.raises(ParameterError) as caught:
        resolve(book, {**book.parameters, "c": "${C}"}, C="")
    message = caught.value.message
    assert "the environment variable A is not set" in message
    assert "the file '/none/x' of a parameter cannot be read: No such file or directory" in message
    assert "'c' is required" in message


def test_a_file_gives_its_text_without_the_last_newline() -> None:
    assert references.resolve("${file: /run/x }!", {}, lambda path: f"{path}\n\n", {}) == "/run/x\n!"


def test_missing_variables_are_known_before_a_run() -> None:
    assert references.missing({"a": ["${A} ${B:-x} ${C} ${A} ${DATE} ${file:x}"]}, {"C"}) == ["A"]


@pytest.mark.parametrize("text", ["${MY-VAR}", "${}", "a ${", "${1}", "${file:}"])
def test_what_only_looks_like_a_reference_is_refused(text: str) -> None:
    with pytest.raises(ParameterError, match="is no reference"):
        parameters.merge(notebook(p=None), [{"p": text}])


def test_masking_keeps_references_and_hides_all_that_is_literal() -> None:
    assert references.masked("${TOKEN}") == "${TOKEN}"
    assert references.masked("${TOKEN:-hunter2}") == "${TOKEN:-********}"
    assert references.masked("Bearer ${file:x}") == "********${file:x}"
    assert references.masked("hunter2") == references.masked(7) == references.masked(["x"]) == "********"
    assert references.masked("${bad-hunter2}") == "********"
    assert references.masked(None) is None


PAPERMILL = Cell(
    id="p", tags=("parameters",), source="# note\nn: int = 5\nname = 'x'\nboth = other = [1]\ncomputed = f()\n"
)


def test_a_papermill_notebook_knows_what_its_cell_assigns() -> None:
    book = Notebook(cells=(Cell(id="a"), PAPERMILL, Cell(id="b")))
    assert parameters.cell_defaults(book)[0] == {"n": 5, "name": "x", "both": [1], "other": [1], "computed": None}
    values = parameters.merge(book, [{"n": 7, "computed": "anything"}])
    assert values == {"n": 7, "computed": "anything"}
    with pytest.raises(ParameterError, match="unknown parameter 'm'"):
        parameters.merge(book, [{"m": 1}])
    with pytest.raises(ParameterError, match="parameter 'n': expected a whole number"):
        parameters.merge(book, [{"n": "x"}])
    assert [cell.id for cell in injection.inject(book, values, "python").cells] == ["a", "p", "parameters", "b"]
    assert injection.inject(book, {}, "python") == book


def test_a_cell_that_cannot_be_parsed_accepts_any_name() -> None:
    book = Notebook(cells=(Cell(id="p", tags=("parameters",), source="%magic\nx = 1"),))
    assert parameters.merge(book, [{"y": 1}]) == {"y": 1}


def test_values_come_first_or_in_the_place_of_earlier_ones() -> None:
    book = injection.inject(Notebook(cells=(Cell(id="parameters"),)), {"a": 1}, "python")
    assert [(cell.id, cell.source, cell.tags) for cell in book.cells] == [
        ("injected-parameters", "a = 1", ("injected-parameters",)),
        ("parameters", "", ()),
    ]
    again = injection.inject(book, {"a": 2}, "python")
    assert [cell.source for cell in again.cells] == ["a = 2", ""]
    assert injection.injected(again) == again.cells[0]


def test_the_stored_cell_shows_references_and_masks_secrets() -> None:
    book = Notebook(parameters={"token": "hunter2", "size": "${SIZE}"})
    stored = injection.inject(book, {"token": "hunter3", "size": "${SIZE}"}, "python", {"token"})
    assert stored.cells[0].source == 'token = "********"\nsize = "${SIZE}"'
    assert "hunter" not in str(stored.to_json())


def test_other_languages_take_no_parameters_yet_but_run_without() -> None:
    assert injection.inject(Notebook(), {}, "R") == Notebook()
    with pytest.raises(NotSupportedYet, match="parameters for R notebooks are not supported yet"):
        injection.inject(Notebook(), {"a": 1}, "R")


@pytest.mark.parametrize("name", ["data-size", "1a", "class", "a b", "", "None"])
def test_a_name_that_is_no_variable_is_refused(name: str) -> None:
    with pytest.raises(ParameterError, match="cannot be the name of a variable"):
        injection.python_source({name: 1})


literals = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(), st.dates(), st.datetimes()
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | st.integers(), inner, max_size=3),
    max_leaves=10,
)


@given(literals)
def test_python_reads_back_exactly_the_value(value: object) -> None:
    source = injection.python_source({"value": value, "next_one": 1})
    assert len(source.split("\n")) == 2
    found: dict[str, Any] = {}
    exec(source, found)
    assert found["value"] == value
    assert type(found["value"]) is type(value)


def test_literals_read_well() -> None:
    values = {"a": "it's", "b": 'say "x"\n', "c": {"k": [True, None]}, "d": math.inf, "e": date(2024, 1, 2)}
    assert injection.python_source(values).splitlines() == [
        'a = "it\'s"',
        'b = "say \\"x\\"\\n"',
        'c = {"k": [True, None]}',
        'd = float("inf")',
        'e = __import__("datetime").date(2024, 1, 2)',
    ]
    found: dict[str, Any] = {}
    exec(injection.python_source({"a": math.nan, "b": datetime(2024, 1, 2, tzinfo=UTC)}), found)
    assert math.isnan(found["a"])
    assert found["b"] == datetime(2024, 1, 2, tzinfo=UTC)


def test_values_and_files_of_values_are_yaml() -> None:
    assert parameters.parse_value("{a: [1, yes]}") == {"a": [1, True]}
    assert parameters.parse_layer('{"a": 1}') == {"a": 1}
    assert parameters.parse_layer("") == {}
    with pytest.raises(ParameterError, match="is no YAML value"):
        parameters.parse_value("[1")
    with pytest.raises(ParameterError, match=r"f\.yml:1:8: duplicate key 'a'"):
        parameters.parse_layer("{a: 1, a: 2}", "f.yml")
    with pytest.raises(ParameterError, match="expected a mapping from parameter names"):
        parameters.parse_layer("[1]", "f.yml")
