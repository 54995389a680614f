"""源头 Yuantou: the open, intelligent platform for running basic research."""

__version__ = "0.1.0"
