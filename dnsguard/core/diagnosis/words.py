"""Words: numbers and objects as people read them."""


def times(count: int) -> str:
    """Return how often."""
    return {1: "once", 2: "twice"}.get(count, f"{count:,} times")


def counted(count: int, kind: str, examples: tuple[str, ...]) -> str:
    """Return which objects: the one, or how many."""
    return examples[0] if count == 1 and examples else f"{count:,} {kind}s"


def percent(part: float, whole: float) -> str:
    """Return a share with one decimal, two where it is small."""
    share = 100 * part / whole if whole else 0.0
    return f"{share:.2f} %" if 0 < share < 1 else f"{share:.1f} %"


def seconds(span: float) -> str:
    """Return a span of time."""
    return f"{span:,.0f} s" if span >= 100 else f"{span:.1f} s"


def listed(words: tuple[str, ...]) -> str:
    """Return words in a row, the last after `and`."""
    return " and ".join(part for part in (", ".join(words[:-1]), words[-1]) if part) if words else ""
