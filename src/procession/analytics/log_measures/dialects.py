"""What engines of SQL say differently: four primitives, and nothing else may differ.

    us      microseconds since 1970 of a timestamp
    q       quantiles of numbers, interpolated between the two nearest
    trace   a 64-bit number for the steps of a case in their order
    lag     a value of the row before, within a case

Quantiles are those of Hyndman and Fan's seventh kind, as NumPy's `percentile` gives them. The number of a trace combines
a hash of each step with its place, by exclusive or: the order counts, and no ordered list has to be built. Step and place
are one number before they are hashed, since DuckDB's hash of two values is itself an exclusive or. Different sequences
have the same number with a chance of about n² / 2⁶⁵.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dialect:
    """The four primitives, each a function from expressions to an expression."""

    name: str
    us: Callable[[str], str]
    q: Callable[[str, str], str]
    """A list of quantiles of an expression; the shares are written `.5, .9`."""
    trace: Callable[[str, str], str]
    """Over a group: of a step and its place in the case."""
    lag: Callable[[str], str]
    """Of a column, over the window `per_case`."""
    window: str
    """How the window is defined, ordered by `place`."""
    parquet: Callable[[str], str]
    """A Parquet file as a table."""


DUCKDB = Dialect(
    name="DuckDB",
    us=lambda x: f"epoch_us({x})",
    q=lambda x, shares: f"quantile_cont({x}, [{shares}])",
    trace=lambda step, place: f"bit_xor(hash({step} * 4294967296 + {place}))",
    lag=lambda x: f"lag({x}) over per_case",
    window="partition by case_code order by place",
    parquet=lambda path: f"read_parquet('{path}')",
)

CLICKHOUSE = Dialect(
    name="ClickHouse",
    us=lambda x: f"toUnixTimestamp64Micro({x})",
    q=lambda x, shares: f"quantilesExactInclusive({shares})({x})",
    trace=lambda step, place: f"groupBitXor(cityHash64({step} * 4294967296 + {place}))",
    lag=lambda x: f"lagInFrame(toNullable({x})) over per_case",
    window="partition by case_code order by place rows between unbounded preceding and unbounded following",
    parquet=lambda path: f"file('{path}', Parquet)",
)
