"""Posts of the grids, what they carry, who holds them and who acts for whom. Called by `generate` after the postings.

A post for each role of a grid, held by whoever has that role: a grid without a chief has a vacant post. A tenth of the
chiefs of region grids are away for some days and delegate their post to the grid's clerk. A stream of chance of its
own: the rest of a country is the same with and without posts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from loaders.synthetic.organisation import ADMINISTRATOR, CHIEF, CLERK, GAP_DAYS, YEARS_BEFORE
from loaders.synthetic.text import day_text, join, pick, text_table, whole

if TYPE_CHECKING:
    from loaders.synthetic.organisation import Organisation
    from loaders.synthetic.plan import Plan
    from loaders.synthetic.text import Integers, Text

ROLES = (CHIEF, CLERK, ADMINISTRATOR)
POST_NAMES = ("网格长岗", "风险应对岗", "管户服务岗")
DUTIES = {"ZZ01": "任务派发", "ZZ02": "审核办结", "ZZ03": "核实处理", "ZZ04": "纳税服务", "ZZ05": "日常管理"}
CARRIED = (("ZZ01", "ZZ02"), ("ZZ03",), ("ZZ04", "ZZ05"))  # by role
_AWAY_SHARE = 0.1
_SHORTEST, _LONGEST = 5, 14  # days away


@dataclass(frozen=True, slots=True)
class Posts:
    """Posts by place: the grid and role (place in ROLES) of each; `post_of` by grid and role, -1 where there is none.

    `away` are grids whose chief delegates the post to the clerk from `begin` until `end`.
    """

    grid: Integers
    role: Integers
    post_of: Integers
    away: Integers
    begin: Integers
    end: Integers


def draw_posts(plan: Plan, organisation: Organisation) -> Posts:
    """A post for each grid and role that anybody has, and the days on which chiefs are away."""
    chance = plan.chance("posts")
    staff, count = organisation.staff, len(organisation.grids.kind)
    filled = np.column_stack([np.ones(count, bool), staff.administrator >= 0, staff.administrator >= 0])
    grid, role = np.nonzero(filled)
    post_of = np.full(filled.shape, -1)
    post_of[grid, role] = np.arange(len(grid))
    # Away in the first third of the span: chiefs and clerks change later (`organisation`).
    away = np.flatnonzero(filled[:, 1] & (chance.random(count) < _AWAY_SHARE))
    begin = plan.first_day + (plan.days * 0.2 * chance.random(len(away))).astype(np.int64)
    end = begin + chance.integers(_SHORTEST, _LONGEST + 1, len(away))
    stays = end < staff.swapped[away]
    return Posts(grid, role, post_of, away[stays], begin[stays], end[stays])


def post_codes(organisation: Organisation, posts: Posts) -> Text:
    """Codes of all posts: that of the grid, then a sign for the role."""
    return join("GW", pick(organisation.grids.code, posts.grid), pick(["1", "2", "3"], posts.role))


def post_tables(plan: Plan, organisation: Organisation, posts: Posts) -> dict[str, pa.Table]:
    """Posts, duties, what is carried, who holds and who delegates as exports, by file name."""
    return {
        "posts": _post_table(plan, organisation, posts),
        "duties": text_table({"职责编码": pa.array(list(DUTIES)), "职责名称": pa.array(list(DUTIES.values()))}),
        "carries": _carried_table(organisation, posts),
        "holds_post": _holder_table(organisation, posts),
        "delegations": _delegation_table(organisation, posts),
    }


def _post_table(plan: Plan, organisation: Organisation, posts: Posts) -> pa.Table:
    return text_table(
        {
            "岗位编码": post_codes(organisation, posts),
            "岗位名称": pick(POST_NAMES, posts.role),
            "网格编码": pick(organisation.grids.code, posts.grid),
            "设立日期": day_text(np.full(len(posts.grid), plan.first_day - YEARS_BEFORE)),
        }
    )


def _carried_table(organisation: Organisation, posts: Posts) -> pa.Table:
    each = np.array([len(duties) for duties in CARRIED])[posts.role]
    duties = [duty for role in posts.role.tolist() for duty in CARRIED[role]]
    codes = pick(post_codes(organisation, posts), np.repeat(np.arange(len(each)), each))
    return text_table({"岗位编码": codes, "职责编码": pa.array(duties)})


def _holder_table(organisation: Organisation, posts: Posts) -> pa.Table:
    postings = organisation.postings
    role = np.array([ROLES.index(str(name)) for name in postings.role.to_pylist()])
    return text_table(
        {
            "税务人员代码": pick(organisation.officer, postings.officer),
            "岗位编码": pick(post_codes(organisation, posts), posts.post_of[postings.grid, role]),
            "任岗起": day_text(postings.begin),
            "任岗止": day_text(postings.end, absent=postings.end < 0),
        }
    )


def _delegation_table(organisation: Organisation, posts: Posts) -> pa.Table:
    staff, away = organisation.staff, posts.away
    return text_table(
        {
            "委托人代码": pick(organisation.officer, staff.chief[away]),
            "受托人代码": pick(organisation.officer, staff.clerk[away]),
            "岗位编码": pick(post_codes(organisation, posts), posts.post_of[away, 0]),
            "委托起": day_text(posts.begin),
            "委托止": day_text(posts.end),
        }
    )


def gap_table(organisation: Organisation, posts: Posts) -> pa.Table:
    """Further rows of `truth/gaps.csv`: posts that nobody holds, since their grid has no chief."""
    vacant = organisation.staff.vacant
    day = organisation.staff.swapped[vacant]
    return text_table(
        {
            "kind": pick(["post_without_holder"], np.zeros(len(vacant), np.int64)),
            "subject": pick(post_codes(organisation, posts), posts.post_of[vacant, 0]),
            "from": day_text(day),
            "to": day_text(day + GAP_DAYS),
            "days": whole(np.full(len(day), GAP_DAYS)),
        }
    )
