"""The diagnosis of a log as columns, ours or another program's: `diagnose`.

Where the time goes (`dividing`), whose problem it is (`judging`, by what the log is made of: `parts`), the places that
hold most of the lost time (`places`), where critical paths run (`paths`), and what is wasted (`wasting`).
"""

from procession.analytics.log_diagnosis.dividing import OF_OTHERS, SHARES, Place, Share
from procession.analytics.log_diagnosis.evidence import Said
from procession.analytics.log_diagnosis.money import Rate, rate_of
from procession.analytics.log_diagnosis.plain import as_plain
from procession.analytics.log_diagnosis.whole import LogDiagnosis, Progress, cases_behind, diagnose, hours_per_week

__all__ = [
    "OF_OTHERS", "SHARES", "LogDiagnosis", "Place", "Progress", "Rate", "Said", "Share", "as_plain", "cases_behind", "diagnose",
    "hours_per_week", "rate_of",
]  # fmt: skip
