"""The comparisons and a model as Splink settings, and pairs of registrations weighed by them. Called by its sisters."""

from __future__ import annotations

from typing import Any

import duckdb
import pyarrow as pa
from splink import DuckDBAPI, Linker

from loaders.resolve.linkage.comparisons import COMPARISONS, Comparison
from loaders.resolve.linkage.database import arrow
from loaders.resolve.linkage.model import Model

TABLE, PAIRS = "weighed", "candidates"


def weighed(
    connection: duckdb.DuckDBPyConnection,
    model: Model,
    comparisons: tuple[Comparison, ...] = COMPARISONS,
    *,
    least: float | None = None,
    parts: bool = False,
) -> pa.Table:
    """Weigh the pairs `candidates (l, r)` of rows of the table `weighed`; those below `least` bits are left out.

    Returns:
        `l, r` (int64), `weight` (float64 bits), and per field its level: `gamma_<field>` counts from the last level,
        0, up; -1 is unknown. With `parts` also Splink's columns of weights, `mw_…`.
    """
    api = DuckDBAPI(connection)
    linker = Linker(
        api.register(TABLE, dataset_display_name="registrations"),
        _settings(model, comparisons, parts=parts),
        log_level=None,
        validate_settings=False,
    )
    pairs = f"SELECT l AS join_key_l, r AS join_key_r, '0' AS match_key FROM {PAIRS}"
    connection.execute(f"CREATE OR REPLACE TABLE blocked AS {pairs}")
    for column in model.frequencies:
        # Frequencies stand in the rows; Splink computes those of the data at hand unless it is given some.
        connection.execute(f"CREATE OR REPLACE TABLE no_{column} AS SELECT '' AS {column}, 1.0::DOUBLE AS tf_{column}")
        linker.table_management.register_term_frequency_lookup(api.register(f"no_{column}"), column)
    linker.table_management.register_blocked_pairs_for_predict(api.register("blocked"))
    scored = linker.inference.predict(threshold_match_weight=least, warning_mode="never")
    wanted = "gamma_\\w+|mw_\\w+" if parts else "gamma_\\w+"
    return arrow(
        connection,
        f"SELECT row_l AS l, row_r AS r, match_weight AS weight, COLUMNS('^({wanted})$') FROM {scored.physical_name}",
    )


def _settings(model: Model, comparisons: tuple[Comparison, ...], *, parts: bool) -> dict[str, Any]:
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "row",
        "probability_two_random_records_match": model.prior,
        "comparisons": [_comparison(comparison, model) for comparison in comparisons],
        "blocking_rules_to_generate_predictions": ["l.row = r.row"],  # never used: the pairs are given
        "retain_matching_columns": True,  # and only with them the levels
        "retain_intermediate_calculation_columns": parts,
        "additional_columns_to_retain": [],
    }


def _comparison(comparison: Comparison, model: Model) -> dict[str, Any]:
    told = model.levels[comparison.field]
    levels = [{"sql_condition": comparison.unknown, "label_for_charts": "unknown", "is_null_level": True}]
    for level in comparison.levels:
        m, u = told[level.name]
        made: dict[str, Any] = {
            "sql_condition": level.sql or "ELSE",
            "label_for_charts": level.name,
            "m_probability": m,
            "u_probability": u,
        }
        if level.frequency:
            made |= {
                "tf_adjustment_column": level.frequency,
                "tf_adjustment_weight": 1.0,
                "disable_tf_exact_match_detection": True,
            }
        levels.append(made)
    return {"output_column_name": comparison.field, "comparison_levels": levels}
