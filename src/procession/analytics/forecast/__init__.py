"""When a running case will have ended, judged by finished cases that had come as far."""

from __future__ import annotations

from procession.analytics.forecast.forecaster import Forecast, Forecaster
from procession.analytics.forecast.futures import FEWEST_CASES, Future, Leg
from procession.analytics.forecast.looking_back import running_at
from procession.analytics.forecast.prospects import Prospect

__all__ = ["FEWEST_CASES", "Forecast", "Forecaster", "Future", "Leg", "Prospect", "running_at"]
