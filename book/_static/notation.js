/* One notation for all who write numbers and formulas: `Notation.reader(query)` gives a function
   that tells whether a text, prepared by `Notation.normal`, has all that was asked for.

   10²³, 10^23 and 1e23 are one number, so are 4,000 and 4000, or 70B and 70 billion; 20:1 is
   20 tokens per parameter, and so is twenty to one; C, D, N and L are compute, data, parameters and loss; α is alpha. A
   number with decimals finds those with more of them: 0.27 finds 0.2746, 1e23 does not find 1.9e23. */
const Notation = (() => {
  const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", PLAIN = "0123456789+-";
  const GREEK = { α: "alpha", β: "beta", γ: "gamma", δ: "delta", ε: "epsilon", η: "eta", λ: "lambda", μ: "mu", ν: "nu", ρ: "rho", σ: "sigma", τ: "tau", φ: "phi", χ: "chi" };
  const POWERS = { k: 3, thousand: 3, m: 6, million: 6, b: 9, billion: 9, t: 12, trillion: 12 };
  const MEANT = { c: "compute|budget|flop", n: "parameter|model|size", d: "data|token", l: "loss", s: "step", b: "batch", e: "floor|irreducible|entropy" };
  const NUMBER = /(?<![\w.]|[a-z]-)(-?)(\d+(?:\.\d+)?)(?:e([+-]?\d+))?(?!\w|\.\d)/g;
  const ID = /^[a-z]\w*(-\w*)+$/;
  const escaped = (word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

  /* A number as sign, exponent and digits: 0.27 is n-1:27. */
  function number(sign, written, power) {
    const [digits, exponent] = Number(written).toExponential().split("e");
    return `${sign}n${Number(exponent) + Number(power || 0)}:${digits.replace(".", "")}`;
  }

  function plain(text) {
    return text
      .replace(/[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻]+/g, (raised) => "^" + [...raised].map((c) => PLAIN[RAISED.indexOf(c)]).join(""))
      .normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase()
      .replace(/[α-ω]/g, (letter) => GREEK[letter] || letter)
      .replace(/[−–—‐‑]/g, "-").replace(/['’]/g, "").replace(/[{}$]/g, "").replace(/\\(times|cdot)/g, "x").replace(/\\/g, " ")
      .replace(/\b(?:ten|twenty)\b/g, (word) => ({ ten: 10, twenty: 20 })[word])
      .replace(/\bto one\b/g, "to 1").replace(/\btokens? for each parameter/g, "tokens per parameter")
      .replace(/(?<=\d),(?=\d{3}\b)/g, "")
      .replace(/(?<=\d)\s*[x×*·]\s*10\s*(?:\^|\*\*)\s*([+-]?\d+)/g, "e$1")
      .replace(/(?<![\w.])10\s*(?:\^|\*\*)\s*([+-]?\d+)/g, "1e$1")
      .replace(/(?<![\w.])(\d+(?:\.\d+)?)\s*(?::|to)\s*1(?![\d.]|e\d)/g, "$1 tokens per parameter ")
      .replace(/(?<=[a-z])_\w+/g, "")
      .replace(/(?<![\w.]|[a-z]-)(\d+(?:\.\d+)?)\s*(thousand|million|billion|trillion|[kmbt])\b/g, (_, n, power) => `${n}e${POWERS[power]}`)
      .replace(/(?<=\d)\s*[x×](?![a-z])/g, " times ").replace(/[x×](?=\d)/g, " ")
      .replace(/(?<=[a-z])\s*\/\s*(?=[a-z])/g, " per ");
  }

  function normal(text) {
    return ` ${plain(text).replace(NUMBER, (_, sign, n, power) => ` ${number(sign, n, power)} `)} ${text.toLowerCase()} `;
  }

  /* What a number must look like in a text. */
  function sought(sign, written, power) {
    const more = !power || written.includes(".");
    const zeros = Number(written) ? written.replace(".", "").match(/0*$/)[0] : "";
    return `${number(sign, written, power)}${more ? (zeros ? `(?:${zeros}\\d*)?` : "\\d*") : ""}(?!\\d)`;
  }

  function reader(query) {
    const asked = query.toLowerCase().split(/\s+/).filter(Boolean);
    const patterns = asked.filter((word) => ID.test(word)).map(escaped);
    const rest = asked.filter((word) => !ID.test(word)).join(" ");
    const numbers = [];
    const held = plain(rest).replace(NUMBER, (...found) => ` \u0001${numbers.push(sought(...found.slice(1, 4))) - 1} `);
    const phrase = held.replace(/\u0001(\d+)\s+tokens per parameter/g, (_, i) => {
      patterns.push(`${numbers[i]} +tokens per parameter`);
      return " ";
    });
    for (const word of phrase.split(/[\s^~≈∼∝=≥≤<>|,;:()[\]"+*]+|\.(?=\s|$)/)) {
      if (!word || word === "-" || word === ".") continue;
      if (word[0] === "\u0001") patterns.push(numbers[word.slice(1)]);
      else if (word.length > 1) patterns.push(escaped(word));
      else patterns.push(` ${escaped(word)} ` + (MEANT[word] ? `|${MEANT[word]}` : ""));
    }
    if (/[~∼∝]/.test(query)) patterns.push("grow|power|proportion|alike|equal");
    const tests = patterns.map((pattern) => new RegExp(pattern));
    return (text) => tests.every((test) => test.test(text));
  }
  return { normal, reader };
})();
