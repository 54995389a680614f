"""Text out of files that strangers send: PDF, DOCX, plain text, read by a child process with limits."""

from yuantou.connectors.documents.extract import Extracted, Limits, extract_text, ocr_installed

__all__ = ["Extracted", "Limits", "extract_text", "ocr_installed"]
