"""Declarative import: one mapping file says how the rows of a published file become messages of a topic."""

from streams.sources.convert import convert_file, messages_of
from streams.sources.loading import load_mapping
from streams.sources.mapping import Mapping
from streams.sources.readers import raw_payload
from streams.sources.report import Reject, Report
from streams.sources.shown import samples, shown

__all__ = [
    "Mapping",
    "Reject",
    "Report",
    "convert_file",
    "load_mapping",
    "messages_of",
    "raw_payload",
    "samples",
    "shown",
]
