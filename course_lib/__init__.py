"""The package that the chapters of *Machine learning under physical constraints* import."""

__version__ = "0.1.0"
