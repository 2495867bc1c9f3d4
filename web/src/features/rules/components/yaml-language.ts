import { StreamLanguage, type StreamParser } from "@codemirror/language";

interface State {
  /** The indent of a key whose value is a block of text; -1: none. */
  block: number;
  indent: number;
  atValue: boolean;
  /** The value of `condition` has words of its own. */
  condition: boolean;
}

const scalars = /^(?:true|false|null|yes|no|~)(?=\s*(?:#|$|[,\]}]))/i;
const numbers = /^[-+]?\d+(?:\.\d+)?(?=\s*(?:#|$|[,\]}]))/;

/** YAML as rules are written in it: enough for colours. */
const parser: StreamParser<State> = {
  name: "yaml",
  startState: () => ({ block: -1, indent: 0, atValue: false, condition: false }),
  token(stream, state) {
    if (stream.sol()) {
      state.indent = stream.indentation();
      state.atValue = false;
      state.condition = /^\s*condition\s*:/.test(stream.string);
      if (state.block >= 0 && state.indent <= state.block && !/^\s*$/.test(stream.string)) state.block = -1;
    }
    if (state.block >= 0) {
      stream.skipToEnd();
      return "string";
    }
    if (stream.eatSpace()) return null;
    if (stream.match(/^#.*/)) return "comment";
    if (stream.match(/^(?:---|\.\.\.)$/)) return "meta";
    if (!state.atValue && stream.match(/^-(?=\s|$)/)) return "punctuation";
    if (!state.atValue && stream.match(/^(?:"[^"]*"|'[^']*'|[^\s#'"{}[\],&*!|>%@`-][^:#]*?|-[^\s:][^:#]*?)(?=\s*:(?:\s|$))/)) return "propertyName";
    if (stream.match(/^:(?=\s|$)/)) {
      state.atValue = true;
      return "punctuation";
    }
    if (state.atValue && stream.match(/^[|>][-+\d]*\s*$/)) {
      state.block = state.indent;
      return "punctuation";
    }
    if (stream.match(/^[{}[\],]/)) {
      state.atValue = false;
      return "punctuation";
    }
    if (stream.match(/^"(?:[^"\\]|\\.)*"?|^'(?:[^']|'')*'?/)) return "string";
    if (stream.match(scalars)) return "atom";
    if (stream.match(numbers)) return "number";
    if (state.condition && state.atValue && stream.match(/^(?:and|or|not|all of|1 of|any of|them)\b/)) return "keyword";
    if (!stream.match(/^[^\s#,{}[\]]+/)) stream.next();
    return "string";
  },
  languageData: { commentTokens: { line: "#" }, closeBrackets: { brackets: ["(", "[", "{", "'", '"'] } },
};

export const yamlLanguage = StreamLanguage.define(parser);
