"""What the records say about the work: diagnosis, figures for the map, what a change would save, when a case will
end."""

from __future__ import annotations

from procession.operations.insights.delays import delay
from procession.operations.insights.diagnosing import instant, process_insight
from procession.operations.insights.home import home
from procession.operations.insights.places import figures_of
from procession.operations.insights.simulating import simulate
from procession.operations.insights.tracking import forecast

__all__ = ["delay", "figures_of", "forecast", "home", "instant", "process_insight", "simulate"]
