"""What mutators put into a text: numbers, bytes, signs, words and payloads that break readers."""

from __future__ import annotations

CANARY = "PWNED_CANARY"
"""The file that a payload would make if it ran."""

NUMBERS = [
    *(b"0", b"-1", b"1", b"2", b"255", b"65536", b"2147483647", b"2147483648", b"4294967296"),
    *(b"9223372036854775807", b"9223372036854775808", b"18446744073709551616", b"1" + b"0" * 30),
    *(b"9" * 4300, b"9" * 4301, b"9" * 20000, b"00", b"007", b"0x10", b"1e9", b"1e309", b"-0"),
    *(b"1.5", b"1_000", b"nan", b"inf", b"+3", b"3.0", b"1e-400", b"0b", b"\xd9\xa3"),
    *(b"\xef\xbc\x93", b"1e308", b"0.1e-320", b"1__0", b"0o17", b".5", b"5.", b"2**62"),
]
BYTES = [
    *(b"\0", b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b"\r", b"\r\n", b"\x0b", b"\x0c", b"\x1b[31m"),
    *(b"\x7f", b"\x08", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc3", b"\t"),
    *(c.encode() for c in "\u202e\u2066\u200b\u200d\u00a0\u2028\u2029\u0085\u2013\u2212\u00d7"),
    *(c.encode() for c in "\u0441\ufb01\U0001f600\u201c\u0301\u00e9\u3000\ufeff\uffff\U0010ffff"),
]
SIGNS = [
    *(b"()[]{}<>,;:=-*#'|&@$%!?`~^.+\"\\/"[i : i + 1] for i in range(31)),
    *(
        b"--",
        b"->",
        b"x",
        b"**",
        b"//",
        b"/*",
        b"*/",
        b'"""',
        b"\\\n",
        b"..",
        b"...",
        b"==",
        b"\\|",
    ),
    *(b"[*]", b"<<", b"!!", b"- ", b": ", b"? ", b"|\n", b">\n", b"```", b"---\n", b"*a", b"&a "),
]
_OPEN = b"open('" + CANARY.encode() + b"','w')"
PAYLOADS = [
    *(b'");' + _OPEN + b"#", b"');" + _OPEN + b"#", b"\n" + _OPEN + b"\n", b"{" + _OPEN + b"}"),
    *(b'"""\n' + _OPEN + b'\n"""', b"\r" + _OPEN + b"\r", b"x = " + _OPEN),
    b"__import__('os').system('touch " + CANARY.encode() + b"')",
    *(b"$(touch " + CANARY.encode() + b")", b"; touch " + CANARY.encode() + b" ;"),
    b"`touch " + CANARY.encode() + b"`",
    b"coding: raw_unicode_escape \\u000a" + _OPEN,
    b"!!python/object/apply:builtins.open ['" + CANARY.encode() + b"', w]",
    *(b'", URL="javascript:alert(1)', b"<script>alert(1)</script>", b"<<b>x</b>>", b"%s%s%n"),
    *(b"../../../../etc/passwd", b"{0.__class__}", b"\\N\\G\\\\", b"=cmd|' /C calc'!A0"),
]
WORDS = [
    *(b"conv conv3-64 conv3 maxpool FC-4096 fc relu softmax input model x3 x4 shared then".split()),
    *(b"block network default expect let for in if else use output train init residual".split()),
    *(b"concat add mul split @in @x c act norm stride pad groups share weight null true".split()),
    *(b"self forward eval None True lambda nn torch __init__ training params shape macs".split()),
    *(b"x_ __1 _[0] _ y_[1] @_ @x_ conv_3 lrelu tconv3 FC\n relu\n :".split(b" ")),
    *(b"archdsl body args layers branches repeat attention(4) lstm-8 bn gap flatten".split()),
]
