"""A synthetic country in source formats, for demos, tests and measurements. Entry: `loaders.synthetic.generate`."""

from loaders.synthetic.generate import FORMATS, STAGES, Format, Summary, generate

__all__ = ["FORMATS", "STAGES", "Format", "Summary", "generate"]
