// Colours Python, with the classes that the site's own code blocks have.

import { make } from "./elements.mjs";

const WORDS =
  "and|as|assert|async|await|break|class|continue|def|del|elif|else|except|finally|for|from|" +
  "global|if|import|in|is|lambda|nonlocal|not|or|pass|raise|return|try|while|with|yield";

const TOKEN = new RegExp(
  [
    /(?<text>[rbfRBF]{0,2}(?:"""[^]*?(?:"""|$)|'''[^]*?(?:'''|$)|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?))/,
    /(?<comment>#[^\n]*)/,
    /(?<number>\b\d[\w.]*)/,
    /(?<defined>(?<=\b(?:def|class)[ ]+)\w+)/,
    new RegExp(`(?<word>\\b(?:${WORDS})\\b)`),
    /(?<constant>\b(?:None|True|False)\b)/,
    /(?<name>\w+)/,
  ]
    .map((part) => part.source)
    .join("|"),
  "g",
);

const CLASSES = {
  text: "pg-s", comment: "pg-c", number: "pg-m", defined: "pg-f", word: "pg-k", constant: "pg-k",
};

// Returns one element for each line of the source.
export function highlighted(source) {
  let line = make("div");
  const lines = [line];
  const put = (text, kind) => {
    text.split("\n").forEach((part, at) => {
      if (at > 0) lines.push((line = make("div")));
      if (part) line.append(kind ? make("span", { class: kind }, part) : part);
    });
  };
  let end = 0;
  for (const match of source.matchAll(TOKEN)) {
    put(source.slice(end, match.index), "");
    const [kind] = Object.entries(match.groups).find(([, text]) => text !== undefined);
    put(match[0], CLASSES[kind]);
    end = match.index + match[0].length;
  }
  put(source.slice(end), "");
  return lines;
}
