"""The definitions of `graph.identifiers` and of HMAC-SHA256 as SQL macros over whole columns.

Installed by `loaders.staging.engine` in every staging database; a property test holds them to `graph.identifiers`.
The pads of the HMAC key are session variables, so that no statement text carries the secret.
"""

from __future__ import annotations

# Full-width signs that stand in names and numbers of Chinese exports, and their plain forms. Columns of codes are
# normalised (NFKC) before they come here, because translating a column is slow; names keep their own writing.
_WIDE = "（）　，．：－＆／" + "".join(chr(c + 0xFEE0) for c in (*range(48, 58), *range(65, 91), *range(97, 123)))
_PLAIN = "() ,.:-&/" + "".join(chr(c) for c in (*range(48, 58), *range(65, 91), *range(97, 123)))

# GB 11643: weights 2^(17-i) mod 11; the sum over all 18 digits (X = 10) is 1 mod 11.
_RESIDENT_SUM = (
    "list_sum([coalesce(try_cast(substr(n, i::INTEGER, 1) AS INTEGER), 0) * ((1 << (18 - i)) % 11) "
    "FOR i IN range(1, 18)])"
)
_RESIDENT_FORM = r"^[1-8]\d{5}(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{3}[\dX]"
# GB 32100: 31 signs without I O S V Z; weights 3^(i-1) mod 31.
_USCC_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = "[1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28]"

MACROS: tuple[str, ...] = (
    f"CREATE MACRO fold(v) AS translate(v, '{_WIDE}', '{_PLAIN}')",
    r"CREATE MACRO normal_number(v) AS upper(regexp_replace(v, '\s', '', 'g'))",
    r"CREATE MACRO normal_name(v) AS lower(regexp_replace(trim(fold(v)), '\s+', ' ', 'g'))",
    "CREATE MACRO hash_of(v) AS left(sha256(v), 32)",
    """CREATE MACRO hmac(v) AS sha256(getvariable('hmac_outer')
        || unhex(sha256(getvariable('hmac_inner') || encode(v))))""",
    f"CREATE MACRO resident_check(n) AS substr('10X98765432', ({_RESIDENT_SUM} % 11)::INTEGER + 1, 1)",
    f"""CREATE MACRO holds_resident(n) AS CASE WHEN regexp_matches(n, '{_RESIDENT_FORM}')
        THEN resident_check(n) = substr(n, 18, 1) ELSE false END""",
    r"""CREATE MACRO long_resident(n) AS CASE WHEN regexp_full_match(n, '\d{15}')
        THEN substr(n, 1, 6) || '19' || substr(n, 7) || resident_check(substr(n, 1, 6) || '19' || substr(n, 7))
        ELSE n END""",
    f"""CREATE MACRO uscc_wrong(n) AS CASE WHEN regexp_full_match(n, '[0-9A-Z]{{18}}')
        THEN regexp_matches(n, '[IOSVZ]') OR substr('{_USCC_SIGNS}', ((31 - list_sum(
            [(strpos('{_USCC_SIGNS}', substr(n, i::INTEGER, 1)) - 1) * {_USCC_WEIGHTS}[i] FOR i IN range(1, 18)]
        ) % 31) % 31)::INTEGER + 1, 1) <> substr(n, 18, 1) ELSE false END""",
    # What an individual's number becomes: never the number itself.
    "CREATE MACRO safe_number(n) AS CASE WHEN holds_resident(n) THEN 'h' || hmac('no' || chr(31) || n) ELSE n END",
    "CREATE MACRO masked(n) AS '****' || right(n, 4)",
    "CREATE MACRO shown_number(n) AS CASE WHEN holds_resident(n) THEN masked(n) ELSE n END",
    "CREATE MACRO number_party(v) AS 'no:' || safe_number(normal_number(v))",
    "CREATE MACRO safe_serial(v) AS safe_number(trim(v))",
    "CREATE MACRO serial_party(source, v) AS 'serial:' || source || ':' || safe_serial(v)",
    """CREATE MACRO party_of(v, name, country, postcode) AS CASE
        WHEN v IS NOT NULL AND (starts_with(v, 'serial:') OR starts_with(v, 'name:') OR starts_with(v, 'no:')) THEN v
        WHEN v IS NOT NULL THEN number_party(v)
        WHEN name IS NOT NULL THEN
            'name:' || normal_name(name) || '|' || coalesce(country, '') || '|' || coalesce(postcode, '')
        END""",
    """CREATE MACRO document_kind(kind) AS CASE WHEN kind IS NULL
        OR kind IN ('201', '身份证', '居民身份证', 'resident', 'resident_id')
        THEN 'resident' ELSE lower(trim(kind)) END""",
    """CREATE MACRO person_by_document(kind, number) AS 'pe' || left(hmac(
        'document' || chr(31) || document_kind(kind) || chr(31) || long_resident(normal_number(number))), 32)""",
    """CREATE MACRO person_by_source(source, id) AS CASE WHEN regexp_full_match(id, 'pe[0-9a-f]{32}') THEN id
        ELSE 'pe' || left(hmac('source' || chr(31) || source || chr(31) || trim(id)), 32) END""",
    "CREATE MACRO taxpayer_of(token) AS 'tp' || left(sha256(token), 24)",
    """CREATE MACRO foreign_key(party, number, red) AS 'x' || left(sha256(coalesce(party, '') || chr(31) || number
        || chr(31) || CASE WHEN red THEN 'true' ELSE 'false' END), 24)""",
    # A source's own id of a document or task: the canonical source keeps its ids as they are.
    "CREATE MACRO own_id(source, id) AS CASE WHEN source = 'canonical' THEN id ELSE source || ':' || id END",
)
