"""Processes are killed in the middle of everything; afterwards nothing may be lost, doubled or half done."""
