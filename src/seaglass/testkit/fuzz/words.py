"""What texts are made of: keywords, names, literals, and what nobody should write.

Above: grammar, mutations. Below: nothing.
"""

from __future__ import annotations

KEYWORDS = (
    *("MATCH", "OPTIONAL", "WHERE", "RETURN", "WITH", "UNWIND", "CREATE", "MERGE", "SET"),
    *("REMOVE", "DELETE", "DETACH", "ON", "AS", "BY", "ORDER", "SKIP", "LIMIT", "DISTINCT"),
    *("AND", "OR", "XOR", "NOT", "IN", "IS", "NULL", "STARTS", "ENDS", "CONTAINS", "CASE"),
    *("WHEN", "THEN", "ELSE", "END", "TRUE", "FALSE", "ASC", "DESC", "ASCENDING"),
    *("DESCENDING", "ALL", "ANY", "NONE", "SINGLE", "COUNT", "EXISTS", "CALL", "YIELD"),
    *("UNION", "USING", "FOREACH", "LOAD", "CSV", "FROM", "SHOW", "START", "USE", "PREFIX"),
    *("PROFILE", "EXPLAIN", "MANDATORY", "DROP", "reduce", "filter", "extract"),
    *("shortestPath", "SELECT", "GROUP", "HAVING", "LIKE", "BETWEEN", "INSERT", "UPDATE"),
    *("INTO", "VALUES", "JOIN", "QUERY", "INDEX", "TRANSACTIONS"),
)
SYMBOLS = (
    *("(", ")", "[", "]", "{", "}", "<", ">", "<=", ">=", "<>", "=", "==", "!=", "=~", "+=", "->"),
    *(
        "-",
        "+",
        "*",
        "/",
        "%",
        "^",
        ".",
        "..",
        ",",
        ";",
        ":",
        "::",
        "|",
        "&",
        "!",
        "$",
        "--",
        "-->",
    ),
    *("<-", "<--", "?", "@", "~", "#", "\\", "'", '"', "`", "//", "/*", "*/", "&&", "||", "=>"),
)
NAMES = ("a", "b", "c", "n", "m", "r", "x", "y", "count", "all", "end", "`odd name`", "é", "`a``b`")
LABELS = ("A", "B", "Person", "`a label`")
TYPES = ("R", "S", "KNOWS")
KEYS = ("x", "y", "z", "w", "name", "`a key`", "end")
PARAMETERS = ("$p", "$list", "$map", "$1", "$`odd name`")
INTEGERS = (
    *("0", "1", "2", "3", "7", "10", "0x1F", "0o17", "0xffffffffffffffff", "007", "1_000"),
    *("9223372036854775807", "9223372036854775808", "1" + "0" * 60, "4294967296", "1a", "0x"),
)
FLOATS = (
    "0.0",
    "1.5",
    ".5",
    "1e3",
    "1e308",
    "1e309",
    "1e-400",
    "2.5E-3",
    "1.",
    "1e",
    "0." + "3" * 60,
)
STRINGS = (
    *("''", "'a'", '"b"', "'ab'", "'it''s'", r"'\n'", r"'\u00e9'", r"'\uD83D\uDE00'", r"'\uD800'"),
    *(
        r"'\U0010FFFF'",
        r"'\U00110000'",
        r"'\x'",
        r"'\u12'",
        "'\u0000'",
        "'☃'",
        "'2015-07-21'",
        "'P1D'",
    ),
    *("'2015-07-21T21:40:32+01:00'", "'a.*'", "'('", "'12'", "'true'", "'" + "long " * 40 + "'"),
)
TEMPORAL_TEXTS = (
    *(
        "'2015-07-21'",
        "'2015-W30-2'",
        "'21:40:32.142+0100'",
        "'2015-07-21T21:40:32'",
        "'P1Y2M10DT2.5H'",
    ),
    *("'2015202'", "'-999999999-01-01'", "'P1000000000Y'", "''", "'99:99'", "'2015-02-30'"),
    *("'2015-07-21T21:40:32[Europe/London]'", "'P-1M'", "'PT0.000000001S'", "'1816-12-30T00:00Z'"),
)
UNITS = (
    "'day'",
    "'week'",
    "'month'",
    "'millennium'",
    "'hour'",
    "'nanosecond'",
    "'weekYear'",
    "'eon'",
)
PARTS = (
    *("year", "month", "day", "hour", "minute", "second", "nanosecond", "week", "dayOfWeek"),
    *(
        "ordinalDay",
        "quarter",
        "dayOfQuarter",
        "timezone",
        "date",
        "time",
        "months",
        "days",
        "seconds",
    ),
)
# Spaces, joiners, digits and letters of other scripts, surrogates, and what looks like something else.
ODDITIES = (
    *"\u00a0\u2003\u200b\u200d\u2060\ufeff\u00ad\u0085\u2028\u2029\u180e",
    *"\u0000\u0007\u001b\u007f\u0301\u20e3\ufe0f",
    *"\u0663\u0968\u2167\u00b2\u00bd",
    *"\u0131\u0130\u00df\u017f\u212a\u01c5\ufb01\u03a3\u03c2",
    *"\u2014\u2013\u2212\u2010\u201c\u201d\u2018\u2019\u00ab\u00bb\u2032",
    *"\uff1d\uff08\uff09\uff1b\uff1a\uff0c\uff5b\uff5d",
    *"\ud800\udfff\ufffe\uffff",
    *"😀🏳\U0001d49c\U0010ffff",
    "e\u0301",
    "👨\u200d👩\u200d👧",
    "\u202eRETURN\u202c",
)
