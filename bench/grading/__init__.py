"""Graders: logs whose truth is known, and how much of it diagnosis finds. Seeds for tuning and for grading differ."""
