"""File formats → raw tables of text. `loaders.sources` reads through `read_file`; values are parsed by `values`."""

from loaders.readers.detect import Format, detect_format
from loaders.readers.files import iter_tables, read_file
from loaders.readers.limits import ReadLimits
from loaders.readers.tables import BadRow, Doubt, RawFile, RawTable

__all__ = [
    "BadRow",
    "Doubt",
    "Format",
    "RawFile",
    "RawTable",
    "ReadLimits",
    "detect_format",
    "iter_tables",
    "read_file",
]
