"""What the records say about the work: diagnosis, figures for the map, what a change would save, when a case will
end."""

from __future__ import annotations

from procession.operations.insights.diagnosing import forecast, instant, process_insight
from procession.operations.insights.home import home
from procession.operations.insights.places import figures_of

__all__ = ["figures_of", "forecast", "home", "instant", "process_insight"]
