"""Default thresholds of the patterns, each named once; numbers in comments are the patterns of domain.md, paragraph 5.

Planted cases lie well beyond a threshold, near misses well short of it, except where a boundary is law (9). Money is in
cents, shares are in hundredths unless a name says otherwise. Read by the modules beside it and by their tests.
"""

from __future__ import annotations

from typing import Final

# 1 ring and mutual invoicing
RING_WINDOW_DAYS: Final = 90
RING_LONGEST: Final = 5
RING_GAP: Final = 10
# 2 missing trader
NEW_TRADER_DAYS: Final = 180
STOPS_FILING_DAYS: Final = 90
# 3 violent false issuing
FIRST_INVOICE_DAYS: Final = 30
FIRST_INVOICE_DAYS_HIGH: Final = 3
QUOTA_USED: Final = 80
QUOTA_DAYS: Final = (7, 30)
OUTPUT_TIMES_INPUT: Final = 5
PEAK_TIMES_MEAN: Final = 5
OUT_OF_AREA: Final = 60
NEAR_FACE_CAP: Final = 30
FACE_CAP_NEARNESS: Final = 90
# 4 pipeline firm
PIPELINE_GAP: Final = 10
DWELL_DAYS: Final = 30
BURDEN_PERCENTILE: Final = 10
EXPENSES: Final = 2
BAD_SOURCE_HOPS: Final = 3
# 5 commodity switch
COMMODITY_MATCH: Final = 60
# 6 changed shell
AFTER_CHANGE_DAYS: Final = 90
SURGE_TIMES: Final = 3
MEAN_DAYS: Final = 180
SLEEP_DAYS: Final = 90
# 7 shared control
CONTROLLED_FIRMS: Final = 3
LINK_KINDS: Final = 2
# 9 abnormal vouchers (SAT Announcement 2019 No. 38): at least the share, and more than the amount
ABNORMAL_SHARE: Final = 70
ABNORMAL_TAX_CENTS: Final = 5_000_000
# 10 time inversion
INVERTED: Final = 15
# 11 burst before vanishing
BURST_SHARE: Final = 50
BURST_DAYS: Final = 60
# 12 farm purchase
FARM_FACE_CENTS: Final = (900_000, 1_000_000)
FARM_FACE_SHARE: Final = 50
FARMER_YEAR_CENTS: Final = 500_000_000
FARM_PRICE_VARIATION: Final = 2
# 13 export rebate
EXPORT_VALUE_ADDED_TIMES: Final = 5
# 15 fund return
RETURN_DAYS: Final = 30
# 16 officer control
REASSIGNED_DAYS: Final = 3  # before closing, [D]
