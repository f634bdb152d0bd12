"""Gradient learning: descent, back-propagation."""
