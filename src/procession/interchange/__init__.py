"""Bytes and text of other formats, to values and back."""
