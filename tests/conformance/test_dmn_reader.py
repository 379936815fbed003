"""Reading DMN: models as others draw them, and files that mean harm."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest

from procession.interchange.dmn import DmnError, evaluate_decision, evaluate_service, read_dmn

HEAD = '<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" namespace="urn:a" name="a">'


def model(body: str) -> bytes:
    return f"{HEAD}{body}</definitions>".encode()


def decision(name: str, logic: str, requires: str = "", variable_type: str = "") -> str:
    typed = f' typeRef="{variable_type}"' if variable_type else ""
    return f'<decision name="{name}" id="{name}"><variable name="{name}"{typed}/>{requires}{logic}</decision>'


def literal(text: str) -> str:
    return f"<literalExpression><text>{text}</text></literalExpression>"


def test_a_decision_sees_what_it_requires() -> None:
    requires = '<informationRequirement><requiredInput href="#i"/></informationRequirement>'
    needs = '<informationRequirement><requiredDecision href="#base price"/></informationRequirement>'
    body = '<inputData name="unit price" id="i"><variable name="unit price" typeRef="number"/></inputData>'
    body += decision("base price", literal("unit price * 2"), requires) + decision(
        "total", literal("base price + 1"), needs
    )
    assert evaluate_decision(read_dmn(model(body)), "total", {"unit price": 20}).value == Decimal(41)


def test_what_is_not_required_is_not_seen() -> None:
    body = '<inputData name="x" id="i"><variable name="x"/></inputData>' + decision("y", literal("x"))
    found = evaluate_decision(read_dmn(model(body)), "y", {"x": 1})
    assert (found.value, found.warnings[0].message) == (None, "There is nothing named 'x'")


def test_a_value_of_the_wrong_type_is_null_with_a_reason() -> None:
    found = evaluate_decision(read_dmn(model(decision("y", literal('"a"'), "", "number"))), "y", {})
    assert (found.value, found.warnings[0].message) == (None, "The value is a text, not of type number")


def test_a_broken_expression_spoils_only_its_own_decision() -> None:
    read = read_dmn(model(decision("bad", literal("1 +")) + decision("good", literal("1 + 1"))))
    assert evaluate_decision(read, "good", {}).value == 2
    found = evaluate_decision(read, "bad", {})
    assert found.warnings[0].message == "An expression cannot be read: line 1, column 4: The expression ends too early"


def test_java_is_refused() -> None:
    text = 'function(x) external {java: {class: "java.lang.Math", method signature: "abs(int)"}}'
    found = evaluate_decision(read_dmn(model(decision("y", literal(f"({text})(1)")))), "y", {})
    assert (found.value, found.warnings[0].message) == (
        None,
        "Functions of other languages (Java, PMML) cannot be called",
    )


def test_decisions_that_need_each_other_are_refused() -> None:
    one = '<informationRequirement><requiredDecision href="#b"/></informationRequirement>'
    other = '<informationRequirement><requiredDecision href="#a"/></informationRequirement>'
    read = read_dmn(model(decision("a", literal("b"), one) + decision("b", literal("a"), other)))
    with pytest.raises(DmnError, match="The decision 'a' needs itself"):
        evaluate_decision(read, "a", {})


def test_a_decision_service_sees_its_arguments_only() -> None:
    requires = '<informationRequirement><requiredInput href="#i"/></informationRequirement>'
    body = '<inputData name="x" id="i"><variable name="x" typeRef="number"/></inputData>'
    body += decision("y", literal("x + 1"), requires)
    body += '<decisionService name="s" id="s"><outputDecision href="#y"/><inputData href="#i"/></decisionService>'
    read = read_dmn(model(body))
    assert evaluate_service(read, "s", {"x": 4}).value == 5
    with pytest.raises(DmnError, match="no decision service 't'"):
        evaluate_service(read, "t", {})


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "The file is not XML: no element found in line 1, column 1"),
        (b"<a>", "The file is not XML: no element found"),
        (b"<a/>", "The file is XML, but no DMN model"),
        (
            b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
            "The file has a document type declaration, which is not read",
        ),
        (
            b'<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>',
            "The file has a document type declaration, which is not read",
        ),
        (b"<a>" * 1000 + b"</a>" * 1000, "The file nests elements more than 200 levels deep"),
        (
            model('<import namespace="urn:b" name="b" importType="https://www.omg.org/spec/DMN/1/MODEL/"/>'),
            "The model 'b'",
        ),
        (
            model(
                '<itemDefinition name="t"><typeRef>number</typeRef>'
                "<allowedValues><text>1..</text></allowedValues></itemDefinition>"
            ),
            "The allowed values '1..' cannot be read",
        ),
    ],
)
def test_a_file_that_is_not_read_says_why(data: bytes, sentence: str) -> None:
    start = time.process_time()
    with pytest.raises(DmnError) as caught:
        read_dmn(data)
    assert str(caught.value).startswith(sentence)
    assert time.process_time() - start < 1


def test_models_that_import_each_other_are_refused() -> None:
    first = model('<import namespace="urn:b" name="b" importType="https://www.omg.org/spec/DMN/1/MODEL/"/>')
    second = first.replace(b"urn:b", b"urn:x").replace(b"urn:a", b"urn:b").replace(b"urn:x", b"urn:a")
    with pytest.raises(DmnError, match="imports itself"):
        read_dmn(first, {"urn:b": second, "urn:a": first})


def test_an_unknown_decision_is_refused() -> None:
    with pytest.raises(DmnError, match="The model has no decision 'x'"):
        evaluate_decision(read_dmn(model("")), "x", {})
