"""Calls in files: read and checked from CSV, XLSX or JSON lines; results written whole or not at all."""

from yuantou.connectors.files.call_folder import CallFolder, read_call_folder, read_settings
from yuantou.connectors.files.cells import read_money
from yuantou.connectors.files.outputs import RECORD, csv_table, file_hashes, whole_folder, write_table
from yuantou.connectors.files.rejects import rejects_table
from yuantou.connectors.files.templates import write_template

__all__ = [
    "RECORD",
    "CallFolder",
    "csv_table",
    "file_hashes",
    "read_call_folder",
    "read_money",
    "read_settings",
    "rejects_table",
    "whole_folder",
    "write_table",
    "write_template",
]
