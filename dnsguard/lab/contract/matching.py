"""Whether an answer is the one expected, and the filling of a case's texts."""

from collections.abc import Mapping
from typing import Any

from dnsguard.lab.contract.case import ABSENT, Done, Refused
from dnsguard.lab.strict import ApiError


def filled(value: Any, words: Mapping[str, Any]) -> Any:
    """Return *value* with every `{word}` of *words* replaced, in texts at any depth; a copy that may be changed."""
    match value:
        case str() if value in words:
            return words[value]
        case str():
            for word, text in words.items():
                if isinstance(text, str):
                    value = value.replace(word, text)
            return value
        case dict():
            return {key: filled(member, words) for key, member in value.items()}
        case list() | tuple():
            return [filled(member, words) for member in value]
        case _:
            return value


def unlike(expected: Any, found: Any, where: str = "answer") -> str:
    """Return where *found* differs from *expected*, or ""; members that *expected* does not name do not count."""
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        reasons = (unlike(member, found.get(key, ABSENT), f"{where}.{key}") for key, member in expected.items())
        return next(filter(None, reasons), "")
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        reasons = (unlike(one, other, f"{where}[{at}]") for at, (one, other) in enumerate(zip(expected, found, strict=True)))
        return next(filter(None, reasons), "")
    if expected is found or expected == found:
        return ""
    return f"{where} is {_said(found)}, expected {_said(expected)}"


def verdict(expected: Done | Refused, outcome: dict[str, Any] | ApiError, words: Mapping[str, Any]) -> str:
    """Return why *outcome* is not the *expected* one, or ""."""
    match expected, outcome:
        case Done(answer), dict():
            return unlike(filled(answer, words), outcome)
        case Done(), ApiError():
            return "refused, expected to be carried out"
        case Refused(status, code), dict():
            return f"carried out, expected {code} ({status})"
        case Refused(status, code), ApiError() if (status, code) != (outcome.status, outcome.code):
            return f"expected {code} ({status})"
        case Refused(messages=messages, holds=holds), ApiError():
            return _unsaid(filled(list(messages), words), filled(holds, words), _spaced(outcome.message))
    raise AssertionError(expected)


def _unsaid(messages: list[str], holds: str, message: str) -> str:
    told = _spaced(", ".join(messages))
    # Older answers had one message and no brackets around it.
    if messages and message not in {told, f"[{told}]"}:
        return f"expected the text [{told}]"
    return "" if _spaced(holds) in message else f"expected a text that holds {holds}"


def _spaced(text: str) -> str:
    """Return *text* with every run of white space as one space: captures of one message differ in that."""
    return " ".join(text.split())


def _said(value: Any) -> str:
    return "absent" if value is ABSENT else repr(value)
