"""Typesets the equations of docstrings: plain text as the source has it, turned into Markdown with TeX.

In a docstring, an equation is an indented block in the letters of textbooks: `∂C/∂b_k = Σ_i Σ_j δ_k[i,j]`. Prose and
tables stay what they are. What is drawn with characters, such as a matrix, stays as it is.
"""

from __future__ import annotations

import re

COMBINING = {"\u0302": r"\hat", "\u0304": r"\bar", "\u0303": r"\tilde"}
RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ᵀᵗⁿ", "0123456789-+Ttn", strict=True))
LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉ₙ", "0123456789n", strict=True))
OPERATORS = {
    "Σ": r"\sum",
    "∂": r"\partial ",
    "·": r"\cdot ",
    "⊙": r"\odot ",
    "×": r"\times ",
    "←": r"\leftarrow ",
    "→": r"\to ",
    "≈": r"\approx ",
    "≤": r"\le ",
    "≥": r"\ge ",
    "∈": r"\in ",
    "±": r"\pm ",
    "⟨": r"\langle ",
    "⟩": r"\rangle ",
    "−": "-",
    "*": r"\ast ",
    "½": r"\tfrac12 ",
    "‖": r"\|",
    "…": r"\dots ",
    "′": "'",
    "‴": "'''",
    "{": r"\{",
    "}": r"\}",
}
GREEK = {
    "α": "alpha",
    "β": "beta",
    "γ": "gamma",
    "δ": "delta",
    "ε": "varepsilon",
    "η": "eta",
    "θ": "theta",
    "κ": "kappa",
    "λ": "lambda",
    "μ": "mu",
    "π": "pi",
    "ρ": "rho",
    "σ": "sigma",
    "φ": "varphi",
    "Δ": "Delta",
}
NAMED = {"max", "min", "ln", "tanh", "exp"}

WIDE = 72
"""Characters: a block with a longer line is broken into rows, which a page has room for."""

RELATION = re.compile(r"[=←≈∈]")
INDEX = r"(?:_\{[^}]*\}|_[A-Za-z0-9]+(?:,[A-Za-z0-9]+)*)?(?:\[[^\]]*\])?"
QUOTIENT = re.compile(rf"∂(\w[\u0302\u0304]?{INDEX})/∂(\w[\u0302\u0304]?{INDEX})")
TOKEN = re.compile(
    r"(?P<index>_\{(?P<braced>[^}]*)\}|_(?P<bare>[A-Za-z0-9]+(?:,[A-Za-z0-9]+)*))"
    r"|(?P<accented>\w[\u0302\u0304\u0303])"
    r"|(?P<word>[A-Za-z]{2,}(?:'s)?(?:[ -][a-z]{2,}(?:'s)?)*)"
    rf"|(?P<raised>[{''.join(RAISED)}]+)"
    rf"|(?P<lowered>[{''.join(LOWERED)}]+)"
    r"|(?P<other>.)"
)


def typeset(docstring: str) -> str:
    """The docstring as Markdown: paragraphs, and its indented blocks as equations or as they are."""
    return "\n\n".join(
        _block(part) if part.startswith("    ") else _prose(part)
        for part in re.split(r"\n\s*\n", docstring.strip("\n"))
    )


def tex(equation: str) -> str:
    """One equation, without its comment, in TeX."""
    equation = QUOTIENT.sub(lambda match: rf"⟪{match[1]}⟫{match[2]}⟬", equation)
    equation = _roots(equation)
    equation = re.sub(r"\^\(([^()]*)\)", "^❪\\1❫", equation)
    done = "".join(_token(match) for match in TOKEN.finditer(equation))
    done = done.replace("⟪", r"\frac{\partial ").replace("⟫", r"}{\partial ").replace("⟬", "}")
    return (
        re.sub(r",(?= {2,})", r",\\quad", done)
        .replace("❨", r"\sqrt{")
        .replace("❩", "}")
        .replace("❪", "{")
        .replace("❫", "}")
        .strip()
    )


def _prose(paragraph: str) -> str:
    """Text in which no character means anything to Markdown but the backquotes; a table as it is."""
    if paragraph.startswith("|"):
        return paragraph
    parts = re.split(r"(`[^`]*`)", paragraph)
    return "".join(part if part.startswith("`") else re.sub(r"([_<$\\])", r"\\\1", part) for part in parts)


def _block(block: str) -> str:
    lines = [line for line in block.splitlines() if line.strip()]
    drawn = any(line.lstrip().startswith("[") or re.search(r"\] {2,}\[|= \[ ?-?\d", line) for line in lines)
    if drawn or not any(RELATION.search(line) for line in lines):
        text = "\n".join(line.removeprefix("    ") for line in lines)
        return f"```text\n{text}\n```"
    rows: list[list[str]] = []
    for line in lines:
        equation, comment = _parted(line)
        if not equation and rows:
            rows[-1][1] += f" {comment}"
        else:
            rows.append([equation, comment])
    broken = any(len(equation) + len(comment) > WIDE for equation, comment in rows)
    aligned = [row for equation, comment in rows for row in _rows(equation, comment, broken=broken)]
    return "$$\n\\begin{aligned}\n" + " \\\\\n".join(aligned) + "\n\\end{aligned}\n$$"


def _parted(line: str) -> tuple[str, str]:
    """The equations of a line and the comment after them; either may be empty."""
    cells = re.split(r" {3,}", line.strip())
    while len(cells) > 1 and not RELATION.search(cells[0]) and RELATION.match(cells[1]):
        cells[:2] = [f"{cells[0]} {cells[1]}"]
    first = next((place for place, cell in enumerate(cells) if RELATION.search(cell)), None)
    if first is None:
        return ("", line.strip()) if len(line) - len(line.lstrip()) > 8 else (line.strip(), "")
    last = first
    while last + 1 < len(cells) and (cells[last].endswith(",") or _is_equation(cells[last + 1])):
        last += 1
    label = "".join(f"⟦{cell}⟧" for cell in cells[:first])
    return label + "   ".join(cells[first : last + 1]), " ".join(cells[last + 1 :])


def _is_equation(cell: str) -> bool:
    return bool(RELATION.search(cell)) and not re.match(r"[a-z]{2,} ", cell)


def _rows(equation: str, comment: str, *, broken: bool) -> list[str]:
    """The rows of one line: one, or if it is `broken`, one for each equation and one for the comment."""
    label = ""
    if match := re.match(r"⟦(.*?)⟧", equation):
        label, equation = rf"\text{{{match[1]}}}\quad ", equation[match.end() :]
    parts = re.split(r" {3,}", equation)
    note = rf"\text{{{_plain(comment)}}}" if comment else ""
    first, *others = [_aligned(part) for part in parts]
    if not broken:
        return [
            label
            + r" \qquad ".join([first, *(part.replace("&", "") for part in others)])
            + (f" && {note}" if note else "")
        ]
    return [label + first, *others, *([rf"& \quad {note}"] if note else [])]


def _aligned(part: str) -> str:
    """One equation with the mark that aligns it with others; a remark that follows one is text."""
    if not RELATION.search(part):
        return rf"& \quad {tex(part)}"
    left, relation, right = re.split(r"([=←≈∈])", part, maxsplit=1)
    return f"{tex(left)} &{tex(relation)} {tex(right)}"


def _plain(comment: str) -> str:
    """A comment as text: its symbols are set as mathematics within it."""
    words = re.split(r"([\s,;:]+)", comment.replace("{", "(").replace("}", ")"))
    return "".join(
        word.replace("_", r"\_") if re.fullmatch(r"[\x20-\x7e°’–]*", word) else f"${tex(word)}$" for word in words
    )


def _roots(equation: str) -> str:
    """√(…) and √x, with brackets that no equation has around what is under the root."""
    while (start := equation.find("√")) >= 0:
        end = start + 2
        if equation[start + 1] == "(":
            depth = 0
            for end in range(start + 1, len(equation)):
                depth += {"(": 1, ")": -1}.get(equation[end], 0)
                if depth == 0:
                    break
            equation = f"{equation[:start]}❨{equation[start + 2 : end]}❩{equation[end + 1 :]}"
        else:
            end += len(equation) > end and equation[end] in COMBINING
            equation = f"{equation[:start]}❨{equation[start + 1 : end]}❩{equation[end:]}"
    return equation


def _token(match: re.Match[str]) -> str:
    kind = match.lastgroup if match.lastgroup not in ("braced", "bare") else "index"
    text = match[0]
    if match["index"]:
        inner = match["braced"] or match["bare"]
        letters = inner if len(inner) < 3 or not inner.isalpha() else rf"\text{{{inner}}}"
        return f"_{{{''.join(_symbol(one) for one in letters)}}}" if "\\" not in letters else f"_{{{letters}}}"
    if kind == "accented":
        return f"{COMBINING[text[1]]}{{{_symbol(text[0])}}}"
    if kind == "word":
        return rf"\{text} " if text in NAMED else rf"\text{{ {text} }}"
    if kind == "raised":
        return f"^{{{''.join(RAISED[one] for one in text)}}}"
    if kind == "lowered":
        return f"_{{{''.join(LOWERED[one] for one in text)}}}"
    return _symbol(text)


def _symbol(text: str) -> str:
    if text in GREEK:
        return rf"\{GREEK[text]} "
    return OPERATORS.get(text, text)
