"""What the hours of a log cost at a rate that somebody states: an assumption, and called one."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

from procession.analytics.savings import LIMITS, Busywork
from procession.analytics.words import number


@dataclass(frozen=True, slots=True)
class Rate:
    """What an hour is taken to cost, in whatever money whoever says it thinks of."""

    amount: Decimal = LIMITS["rate"].default
    stated: bool = False
    """Somebody said so; else it is the article's."""

    def of(self, hours: float) -> Decimal:
        """What hours cost, to the whole."""
        return (Decimal(repr(hours)) * self.amount).quantize(Decimal(1), ROUND_HALF_EVEN)

    @property
    def sentence(self) -> str:
        """What the money rests on."""
        whose = "stated by whoever asked" if self.stated else "the figure of the article that Procession follows"
        return (
            f"Money is hours × {self.amount:,} an hour: an assumption, {whose}, not measured. An hour that a case waits "
            "counts as much as one that somebody works. Findings overlap, so do not add them up."
        )

    def told(self, hours: float | None) -> str:
        """`At 30 an hour (assumed) that is 897 hours and 26,910 a week.`; empty where no hours are known."""
        if not hours:
            return ""
        said = f"{hours:,.0f}" if hours >= 10 else number(hours)
        return f"At {self.amount:,} an hour (assumed) its {said} hours a week are {self.of(hours):,} a week."


def rate_of(text: str | None) -> Rate:
    """The rate that somebody states. Raises ValueError with a sentence that says what would be right."""
    if text is None or not text.strip():
        return Rate()
    try:
        amount = Decimal(text.strip())
    except InvalidOperation:
        raise ValueError(f"'{text.strip()[:40]}' is no amount of money an hour.") from None
    for _, problem in Busywork.problems_of({"rate": amount}):
        raise ValueError(f"{amount} an hour: {problem}")
    return Rate(amount, stated=True)
