"""Some years of officers' work: tasks, what was done in them, visits to the register, planted control cases.

Written beside the rest of a country when task events are asked for (`generate --task-events N`); what the other
stages draw is the same with and without it. `write_work` is called by `generate`.
"""

from __future__ import annotations

from loaders.synthetic.work.writing import write_work

__all__ = ["write_work"]
