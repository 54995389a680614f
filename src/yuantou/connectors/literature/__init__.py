"""The literature lake: works, authorships, citations, topics and venues as Parquet (docs/reference/lake.md)."""

from yuantou.connectors.literature.lake import Lake, Load, open_lake, open_or_new
from yuantou.connectors.literature.load import Loaded, load_files

__all__ = ["Lake", "Load", "Loaded", "load_files", "open_lake", "open_or_new"]
