"""Regression of molecular energies: data, splits, features, recipes, and a competition that a class can run offline."""
