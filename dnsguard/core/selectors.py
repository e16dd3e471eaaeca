"""Kubernetes label selectors, in their text form and in their structured form.

Rules, as apimachinery's `labels.Parse` and `LabelSelectorAsSelector` keep them:
- A selector is a list of expressions joined by "and"; without any it selects everything.
- `In` (`=`, `==`, `in`) wants the key and one of the values; `NotIn` (`!=`, `notin`) also selects what lacks the key.
- `Exists` (`key`) and `DoesNotExist` (`!key`) take no values; `In` and `NotIn` take at least one.
- Keys are qualified names, `[prefix/]name`; values have at most 63 characters out of letters, digits, `-`, `_` and `.`.
  This holds for selectors over annotations too, whose values know no such limit.
- `<` and `>` are refused: the structured form has no word for them.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from msgspec import Struct

from dnsguard.model.objects import LabelSelector

OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")

_NAME = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_PREFIX = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_PREFIX_LENGTH = 253
_TOKEN = re.compile(r"[ \t\r\n]*(?:(?P<symbol>==|!=|[=!(),<>])|(?P<word>[^ \t\r\n=!(),<>]+))")


class Expression(Struct, frozen=True):
    """One condition on a set of labels; *operator* is one of `OPERATORS`."""

    key: str
    operator: str
    values: frozenset[str] = frozenset()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Tell whether *labels* meet the condition."""
        match self.operator:
            case "In":
                return self.key in labels and labels[self.key] in self.values
            case "NotIn":
                return self.key not in labels or labels[self.key] not in self.values
            case "Exists":
                return self.key in labels
            case _:
                return self.key not in labels


class Selector(Struct, frozen=True):
    """A compiled selector: all *expressions* have to be met."""

    expressions: tuple[Expression, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Tell whether *labels* are selected."""
        for expression in self.expressions:  # noqa: SIM110 -- a generator would cost more than most selectors do
            if not expression.matches(labels):
                return False
        return True


EVERYTHING = Selector()


def parse(text: str) -> Selector:
    """Parse the text form, such as `app=web,tier in (a, b),!old`.

    Raises ValueError with one sentence that quotes what is wrong.
    """
    return _Parser(_tokens(text)).selector()


def compile_selector(selector: LabelSelector) -> Selector:
    """Compile the structured form; matchLabels come first, by key.

    Raises ValueError with one sentence that quotes what is wrong.
    """
    labels = sorted((selector.match_labels or {}).items())
    equal = [_expression(key, "In", (value,)) for key, value in labels]
    others = [_expression(each.key, each.operator, each.values or ()) for each in selector.match_expressions or ()]
    return Selector((*equal, *others))


def _expression(key: str, operator: str, values: tuple[str, ...]) -> Expression:
    _check_key(key)
    if operator not in OPERATORS:
        raise ValueError(f"{operator!r} is not an operator of label selectors ({', '.join(OPERATORS)})")
    if operator in {"In", "NotIn"} and not values:
        raise ValueError(f"the operator {operator} on {key!r} needs at least one value")
    if operator in {"Exists", "DoesNotExist"} and values:
        raise ValueError(f"the operator {operator} on {key!r} takes no values")
    for value in values:
        if value and not _NAME.fullmatch(value):
            raise ValueError(f"{value!r} is not a valid label value")
    return Expression(key, operator, frozenset(values))


def _check_key(key: str) -> None:
    prefix, slash, name = key.rpartition("/")
    sound = _NAME.fullmatch(name) and (not slash or (len(prefix) <= _PREFIX_LENGTH and _PREFIX.fullmatch(prefix)))
    if not sound:
        raise ValueError(f"{key!r} is not a valid label key")


class _Token(NamedTuple):
    text: str
    word: bool


_END = _Token("", word=False)


def _tokens(text: str) -> list[_Token]:
    return [_Token(found["word"] or found["symbol"], bool(found["word"])) for found in _TOKEN.finditer(text)]


class _Parser:
    """A parser by recursive descent over the tokens of one selector."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._rest = [*tokens, _END][::-1]

    def selector(self) -> Selector:
        """Read the whole selector."""
        if self._rest[-1] == _END:
            return EVERYTHING
        expressions = [self._condition()]
        while self._next() == (",", False):
            expressions.append(self._condition())
        return Selector(tuple(expressions))

    def _next(self) -> _Token:
        return self._rest.pop() if len(self._rest) > 1 else self._rest[0]

    def _condition(self) -> Expression:
        token = self._next()
        if token == ("!", False):
            expression = _expression(self._word("a key after '!'"), "DoesNotExist", ())
            self._closed("','")
            return expression
        key = self._word("a key", token)
        if key in {"in", "notin"}:
            raise ValueError(f"found {key!r}, expected a key")
        if self._ends():
            return _expression(key, "Exists", ())
        expression = self._comparison(key, self._next().text)
        self._closed("','")
        return expression

    def _comparison(self, key: str, operator: str) -> Expression:
        match operator:
            case "=" | "==":
                return _expression(key, "In", (self._value(),))
            case "!=":
                return _expression(key, "NotIn", (self._value(),))
            case "in":
                return _expression(key, "In", self._list(key))
            case "notin":
                return _expression(key, "NotIn", self._list(key))
            case _:
                raise ValueError(f"found {operator!r} after the key {key!r}, expected one of =, ==, !=, in, notin")

    def _value(self) -> str:
        return "" if self._ends() else self._word("a value")

    def _list(self, key: str) -> tuple[str, ...]:
        if self._next() != ("(", False):
            raise ValueError(f"the values of {key!r} have to stand in parentheses")
        if self._rest[-1] == (")", False):
            self._next()
            return ()
        values = [self._item()]
        while (token := self._next()) == (",", False):
            values.append(self._item())
        if token != (")", False):
            raise ValueError(f"found {_shown(token)} among the values of {key!r}, expected ',' or ')'")
        return tuple(values)

    def _item(self) -> str:
        return self._next().text if self._rest[-1].word else ""

    def _word(self, expected: str, token: _Token | None = None) -> str:
        token = token or self._next()
        if not token.word:
            raise ValueError(f"found {_shown(token)}, expected {expected}")
        return token.text

    def _ends(self) -> bool:
        return self._rest[-1] in (_END, (",", False))

    def _closed(self, expected: str) -> None:
        if not self._ends():
            raise ValueError(f"found {_shown(self._rest[-1])}, expected {expected} or the end")


def _shown(token: _Token) -> str:
    return repr(token.text) if token.text else "the end"
