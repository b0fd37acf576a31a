"""Facts → the page of identities and its picture: each measure with its goal, and whether it was met."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.identity.sizes import MEASURED_SEED, TRAINED_ON, TRAINING_SEED, Register
from tests.benchmarks.province.page import megabytes, seconds, times

Facts = Mapping[str, float]
PLOT = "images/identity-growth.svg"


def share(value: float) -> str:
    """`99.95 %`."""
    return f"{value * 100:.2f} %"


@dataclass(frozen=True, slots=True)
class Goal:
    """A measure, and the most or the least that it may be."""

    title: str
    fact: str
    bound: float
    shown: Callable[[float], str]
    least: bool = False

    def row(self, facts: Facts) -> str:
        """Its line of the table."""
        value = facts[self.fact]
        met = value >= self.bound if self.least else value <= self.bound
        sign, verdict = "≥" if self.least else "≤", "met" if met else "**not met**"
        return f"| {self.title} | {self.shown(value)} | {sign} {self.shown(self.bound)} | {verdict} |"


def goals(size: Register) -> tuple[Goal, ...]:
    """What is asked of the full size."""
    return (
        Goal("pairs made one firm that are", "largest.precision", 0.995, share, least=True),
        Goal("pairs that are one firm and were made one", "largest.recall", 0.98, share, least=True),
        Goal(
            "of pairs with a look-alike or its host, those that are", "largest.alike_precision", 0.99, share, least=True
        ),
        Goal(f"{size.largest:,} registrations, Parquet → firms", "largest.seconds", 45, seconds),
        Goal("the same, peak memory", "largest.peak_megabytes", 4_000, megabytes),
        Goal("the same, a registration over one of the smallest register", "linearity", 1.25, times),
        Goal(f"a batch of {size.batch:,} into them, the engine alone", "batch_seconds", 20, seconds),
        Goal(f"a batch of {size.batch:,} into them through a load", "load_batch_seconds", 20, seconds),
    )


def page(facts: Facts, size: Register, *, on: str, machine_text: str) -> str:
    """The whole page."""
    listed = "\n".join(goal.row(facts) for goal in goals(size))
    grown = "\n".join(_size_row(facts, count) for count in size.registrations)
    return f"""# Identities: many registrations, one taxpayer

Written by `python -m tests.benchmarks.identity`. A measure is of a process of its own: it reads Parquet files,
prepares, weighs and clusters; drawing the register and judging the clusters is not counted.

`--size {size.name}` on {on}: {machine_text}.

A generated register (seed {MEASURED_SEED}): of its registrations 10 % bear a former number, 6 % are second ones in
another region, 2 % in another system; 5 % have one edit in the name and 3 % two, 5 % are renamed, 5 % have another
representative (of these changes three in five are recorded), 2 % lack a field, and 2 % are look-alikes: branches,
namesakes, two firms of one person, of father and son, fifty under an agent's telephone. The model and its threshold
come of {TRAINED_ON:,} registrations of another seed ({TRAINING_SEED}) alone.

| measure | here | goal | |
| --- | ---: | ---: | --- |
{listed}

![Seconds and peak memory against the number of registrations]({PLOT})

| registrations | firms | seconds | CPU | peak memory | precision | recall | look-alikes |
| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
{grown}

* The largest register: {facts["largest.rule_pairs"]:,.0f} pairs by certain rules, {facts["largest.pairs"]:,.0f} weighed
  pairs kept, {facts["largest.left_out"]:,.0f} pairs of too frequent values not compared;
  {facts["largest.true_pairs"]:,.0f} true pairs.
* The batch: {seconds(facts["batch_cpu_seconds"])} of CPU, peak memory {megabytes(facts["batch.peak_megabytes"])} with
  all that was there before; it ended where everything at once ends.
* Through a load into the embedded store: {size.largest:,} registrations in {seconds(facts["load_seconds"])} and
  {seconds(facts["load_cpu_seconds"])} of CPU, the batch in {seconds(facts["load_batch_seconds"])} and
  {seconds(facts["load_batch_cpu_seconds"])}, peak memory {megabytes(facts["load.peak_megabytes"])}.
"""


def _size_row(facts: Facts, count: int) -> str:
    told = {name.rpartition(".")[2]: value for name, value in facts.items() if name.startswith(f"growth.{count}.")}
    shares = " | ".join(share(told[name]) for name in ("precision", "recall", "alike_precision"))
    spent = f"{seconds(told['seconds'])} | {seconds(told['cpu_seconds'])} | {megabytes(told['peak_megabytes'])}"
    return f"| {count:,} | {told['firms']:,.0f} | {spent} | {shares} |"


def draw_growth(facts: Facts, size: Register, file: Path) -> None:
    """Write the SVG: what was measured, and a straight line from nothing through the largest register."""
    import matplotlib as mpl  # noqa: PLC0415 - heavy, and only a page needs it
    from matplotlib.figure import Figure  # noqa: PLC0415

    from tests.benchmarks.province.plot import MEASURED, NO_METADATA, STRAIGHT, STYLE  # noqa: PLC0415

    file.parent.mkdir(parents=True, exist_ok=True)
    places = [count / 1e6 for count in size.registrations]
    drawn = (("seconds", 1, "Resolved, seconds"), ("peak_megabytes", 1e3, "Resolved, peak memory, GB"))
    with mpl.rc_context({**STYLE, "svg.hashsalt": "identity"}):
        figure = Figure(figsize=(9, 3.8), layout="constrained")
        for axes, (name, scale, title) in zip(figure.subplots(1, 2), drawn, strict=True):
            measured = [facts[f"growth.{count}.{name}"] / scale for count in size.registrations]
            axes.plot([0, places[-1]], [0, measured[-1]], linestyle="--", color=STRAIGHT, label="straight line")
            axes.plot(places, measured, marker="o", color=MEASURED, label="measured")
            axes.set(
                title=title, xlabel="million registrations", xlim=(0, places[-1] * 1.08), ylim=(0, max(measured) * 1.2)
            )
            axes.legend(loc="lower right", frameon=False)
        figure.savefig(file, format="svg", metadata=NO_METADATA)
