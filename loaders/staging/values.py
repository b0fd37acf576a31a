r"""Text → typed values as SQL macros: exact money, canonical decimals, dates, civil times, instants, booleans.

Installed by `loaders.staging.engine`; named by `loaders.contracts.forms`. A macro gives null for text that is no such
value; the contract turns "text but no value" into a fault. Each has a quick branch for the usual writing, because a
column of a million values passes through it.
"""

from __future__ import annotations

from graph.model.currencies import OTHER_EXPONENTS


def _currencies(exponent: int) -> str:
    return ", ".join(f"'{code}'" for code in OTHER_EXPONENTS[exponent])


_NUMBER = r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d*)?([eE][+-]?\d{1,2})?"
_OFFSET = r"\d:\d{2}(:\d{2}(\.\d+)?)?\s*([Zz]|[+-]\d{2}(:?\d{2})?)$"
_PLAIN_TIME = r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?"
_FORMATS = (
    "%Y%m%d",
    "%Y%m%d%H%M%S",
    "%Y年%m月%d日",
    "%Y年%m月%d日 %H:%M:%S",
    "%Y年%m月%d日 %H:%M",
    "%Y年%m月%d日%H时%M分%S秒",
    "%Y%m%d %H:%M:%S",
)
_YES = "'是', 'y', 'yes', 'true', 't', '1'"
_NO = "'否', 'n', 'no', 'false', 'f', '0'"

VALUE_MACROS: tuple[str, ...] = (
    f"""CREATE MACRO exponent(currency) AS CASE WHEN currency IN ({_currencies(0)}) THEN 0
        WHEN currency IN ({_currencies(3)}) THEN 3 WHEN currency IN ({_currencies(4)}) THEN 4 ELSE 2 END""",
    f"""CREATE MACRO exact(v) AS CASE WHEN regexp_full_match(v, '{_NUMBER}')
        THEN try_cast(replace(v, ',', '') AS DECIMAL(38, 15)) END""",
    "CREATE MACRO power_of_ten(e) AS CASE e WHEN 0 THEN 1 WHEN 2 THEN 100 WHEN 3 THEN 1000 ELSE 10000 END",
    # Round half to even. A lambda names its argument once; nested macros would copy its text at every mention, and
    # planning a row would then take longer than reading a million.
    """CREATE MACRO half_even(f) AS list_transform([f], lambda x: trunc(x)::HUGEINT + CASE
        WHEN x - trunc(x) > 0.5 OR (x - trunc(x) = 0.5 AND trunc(x)::HUGEINT % 2 = 1) THEN 1 ELSE 0 END)[1]""",
    """CREATE MACRO scaled(decimal_value, factor) AS list_transform([{'d': decimal_value, 'k': factor}], lambda s:
        try_cast((CASE WHEN s.d < 0 THEN -1 ELSE 1 END) * (trunc(abs(s.d))::HUGEINT * s.k
        + half_even((abs(s.d) - trunc(abs(s.d))) * s.k)) AS BIGINT))[1]""",
    r"""CREATE MACRO money(v, e) AS CASE
        WHEN v IS NULL THEN NULL
        WHEN e = 2 AND regexp_full_match(v, '-?\d{1,15}(\.\d{1,2})?')
            THEN cast(try_cast(v AS DECIMAL(18, 2)) * 100 AS BIGINT)
        ELSE scaled(exact(regexp_replace(v, '^([+-]?)[¥¥￥]', '\1')), power_of_ten(e)) END""",
    r"""CREATE MACRO money_rounded(v, e) AS CASE WHEN v IS NULL THEN false
        WHEN e = 2 THEN regexp_matches(v, '\.\d{2}\d*[1-9]')
        WHEN e = 0 THEN regexp_matches(v, '\.\d*[1-9]')
        WHEN e = 3 THEN regexp_matches(v, '\.\d{3}\d*[1-9]')
        ELSE regexp_matches(v, '\.\d{4}\d*[1-9]') END""",
    r"""CREATE MACRO plain_decimal(d) AS CASE WHEN d = 0 THEN '0'
        ELSE regexp_replace(regexp_replace(cast(d AS VARCHAR), '(\.\d*?)0+$', '\1'), '\.$', '') END""",
    r"""CREATE MACRO decimal_text(v) AS CASE WHEN v IS NULL THEN NULL
        WHEN regexp_full_match(v, '(0|-?[1-9]\d{0,15})(\.\d{0,10}[1-9])?') THEN v ELSE plain_decimal(exact(v)) END""",
    r"""CREATE MACRO millionths(v) AS CASE WHEN v IS NULL THEN NULL
        WHEN ends_with(v, '%') THEN scaled(exact(trim(replace(v, '%', ''))), 10000)
        ELSE scaled(exact(v), 1000000) END""",
    r"""CREATE MACRO whole_number(v) AS CASE WHEN regexp_full_match(v, '[+-]?\d{1,18}(\.0+)?')
        THEN try_cast(split_part(v, '.', 1) AS BIGINT) END""",
    f"""CREATE MACRO yes_no(v) AS CASE WHEN lower(v) IN ({_YES}) THEN true WHEN lower(v) IN ({_NO}) THEN false END""",
    f"""CREATE MACRO civil_time_else(v) AS CASE
        WHEN regexp_matches(v, '{_OFFSET}') THEN timezone(getvariable('zone'), try_cast(v AS TIMESTAMPTZ))
        WHEN regexp_full_match(v, '\\d{{5}}(\\.\\d+)?')
            THEN TIMESTAMP '1899-12-30' + to_seconds(round(cast(v AS DOUBLE) * 86400)::BIGINT)
        ELSE coalesce(try_strptime(v, {list(_FORMATS)}), try_cast(replace(v, '/', '-') AS TIMESTAMP)) END""",
    f"""CREATE MACRO civil_time(v) AS CASE WHEN v IS NULL THEN NULL
        WHEN regexp_full_match(v, '{_PLAIN_TIME}') THEN try_cast(v AS TIMESTAMP) ELSE civil_time_else(v) END""",
    r"""CREATE MACRO civil_date(v) AS CASE WHEN v IS NULL THEN NULL
        WHEN regexp_full_match(v, '\d{4}-\d{2}-\d{2}') THEN try_cast(v AS DATE)
        ELSE cast(civil_time(v) AS DATE) END""",
    r"""CREATE MACRO civil_month(v) AS CASE WHEN v IS NULL THEN NULL
        WHEN regexp_full_match(v, '\d{4}[-/年]?\d{1,2}月?')
            THEN try_cast(substr(v, 1, 4) || '-'
                || lpad(regexp_extract(v, '^\d{4}[-/年]?(\d{1,2})', 1), 2, '0') || '-01' AS DATE)
        ELSE date_trunc('month', civil_date(v))::DATE END""",
    r"""CREATE MACRO time_precision(v) AS CASE WHEN v IS NULL THEN NULL
        WHEN contains(v, ':') OR contains(v, '时') OR regexp_full_match(v, '\d{14}|\d{5}\.\d+') THEN 'second'
        ELSE 'day' END""",
    f"""CREATE MACRO instant(v) AS CASE WHEN v IS NULL THEN NULL
        WHEN regexp_matches(v, '{_OFFSET}') THEN try_cast(v AS TIMESTAMPTZ)
        ELSE timezone(getvariable('zone'), civil_time(v)) END""",
    rf"""CREATE MACRO offset_minutes(v) AS CASE WHEN v IS NULL THEN NULL
        WHEN regexp_matches(v, '{_OFFSET}') THEN ((epoch(try_cast(
            regexp_replace(v, '\s*([Zz]|[+-]\d{{2}}(:?\d{{2}})?)$', '') AS TIMESTAMP))
            - epoch(try_cast(v AS TIMESTAMPTZ))) / 60)::BIGINT
        ELSE ((epoch(civil_time(v)) - epoch(timezone(getvariable('zone'), civil_time(v)))) / 60)::BIGINT END""",
)
