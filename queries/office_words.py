"""Words of the authority that several questions read alike. A deployment's rules and kinds may say others."""

from __future__ import annotations

from typing import Final

CHIEF: Final = "网格长"
"""The role of whoever leads a grid."""
CLEARED: Final = ("未发现异常", "no abnormality")
"""Outcomes of tasks that say that nothing was found."""
