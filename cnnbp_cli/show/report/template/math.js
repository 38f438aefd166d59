// Typesets equations given as text, such as "z_k[i,j] = Σ_c,m,n w_k[c,m,n] · x_c[i+m, j+n]", and formats numbers.

const SIGNS = /(?<![A-Za-z]{2})_([A-Za-z0-9]+(?:,[A-Za-z0-9]+)*)|\^(−?[A-Za-z0-9](?:_[a-z])?)|(?<![A-Za-z])[A-Za-z](?![A-Za-z])|[^_^A-Za-z]+|[A-Za-z]+|./gu;

/** An element; strings among the children become text, never markup. */
function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

/** Typeset an equation: subscripts, superscripts, and single letters in italics. */
function typeset(text) {
  const set = document.createDocumentFragment();
  for (const [sign, below, above] of text.matchAll(SIGNS)) {
    if (below) set.append(element("sub", {}, below));
    else if (above) set.append(element("sup", {}, typeset(above)));
    else if (/^[A-Za-z]$/.test(sign)) set.append(element("i", {}, sign));
    else set.append(sign);
  }
  return set;
}

/** An equation with numbers for letters: fill("x_c[2i+m−2, j]", "ij", [4, 7]) is "x_c[m+6, 7]". */
function fill(equation, letters, index) {
  const filled = equation.replace(/(\d?)(?<![A-Za-z])([a-z])(?![A-Za-z(])/gu, (all, digit, letter) => {
    const axis = letters.indexOf(letter);
    return axis < 0 ? all : (digit && `${digit}·`) + index[axis];
  });
  return filled.replace(/\[([^\]]*)\]/gu, (_, inner) => `[${inner.split(/(, ?)/u).map(simplified).join("")}]`);
}

/** A sum with its numbers added up: "4+m−2" is "m+2". What is no sum of numbers and letters stays as it is. */
function simplified(sum) {
  if (!/^[−+]?(\d·)?\w+([−+](\d·)?\w+)*$/u.test(sum)) return sum;
  let constant = 0;
  let letters = "";
  for (const [, sign, factor, term] of sum.matchAll(/([−+]?)(?:(\d)·)?(\w+)/gu)) {
    if (/^\d+$/.test(term)) constant += (sign === "−" ? -1 : 1) * (factor ?? 1) * term;
    else letters += (letters || sign === "−" ? sign || "+" : "") + (factor ? `${factor}·` : "") + term;
  }
  if (!letters) return String(constant).replace("-", "−");
  if (letters.startsWith("−") && constant > 0) return constant + letters;
  return letters + (constant ? `${constant < 0 ? "−" : "+"}${Math.abs(constant)}` : "");
}

/** The factors of the sum on the right-hand side: W[3,l] and x_l of "z = Σ_l W[3,l] · x_l + b_3". */
function factorsOf(equation) {
  const right = equation.slice(equation.indexOf("=") + 1).trim();
  return right.replace(/^Σ\S*\s/u, "").replace(/ \+ b\S*$/u, "").split(" · ");
}

/** A number with this many significant digits: −0.015318, 2.31·10⁻⁷. */
function number(value, digits = 5) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "not a number" : value > 0 ? "∞" : "−∞";
  if (value === 0) return "0";
  const [mantissa, exponent] = value.toExponential(digits - 1).split("e").map(Number);
  if (exponent >= -4 && exponent < 6) return String(Number(value.toPrecision(digits))).replace("-", "−");
  const raised = String(exponent).replace(/./gu, (sign) => (sign === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[sign]));
  return `${mantissa}·10${raised}`.replace("-", "−");
}
