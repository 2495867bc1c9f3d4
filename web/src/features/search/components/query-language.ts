import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import { StreamLanguage, type StringStream } from "@codemirror/language";
import { tags } from "@lezer/highlight";
import type { Schema } from "@/api-client";
import { fieldText, valueText } from "@/lib/values";

const operators = new Set(["and", "or", "not", "in", "by", "as", "asc", "desc", "like", "rlike", "is", "null", "true", "false", "with", "until", "nulls", "first", "last", "to"]);

interface State {
  /** The next word is a command. */
  command: boolean;
}

function token(stream: StringStream, state: State): string | null {
  if (stream.eatSpace()) return null;
  if (stream.match(/^\/\/.*/) || stream.match(/^\/\*.*?\*\//)) return "comment";
  if (stream.match(/^"(?:\\.|[^"\\])*"?/) || stream.match(/^'(?:\\.|[^'\\])*'?/)) return "string";
  if (stream.match(/^`[^`]*`?/)) return "propertyName";
  if (stream.eat("|")) {
    state.command = true;
    return "punctuation";
  }
  if (stream.match(/^[\d.]+(?:ms|[smhdw])?(?![\w.])/)) return "number";
  const word = stream.match(/^[\w@][\w.@*-]*/) as RegExpMatchArray | null;
  if (word) {
    const command = state.command;
    state.command = false;
    if (command) return "keyword";
    if (operators.has(word[0].toLowerCase())) return "operatorKeyword";
    if (stream.match(/^\s*(?=[:<>=~!])/, true)) return "propertyName";
    if (stream.match(/^\(/, false)) return "call";
    return null;
  }
  stream.next();
  return "operator";
}

export const queryLanguage = StreamLanguage.define<State>({
  startState: () => ({ command: false }),
  copyState: (state) => ({ ...state }),
  token,
  tokenTable: { call: tags.function(tags.variableName) },
});

export interface Knowledge {
  language: Schema<"QueryLanguage"> | undefined;
  fields: Schema<"FieldList">["fields"];
  values: (field: string, prefix: string) => Promise<Schema<"ValueList">["values"]>;
}

const fieldOptions = (fields: Knowledge["fields"]): Completion[] =>
  fields.map(({ name, kinds, rows }) => ({
    label: name,
    apply: fieldText(name),
    type: "property",
    detail: Object.keys(kinds).join(", "),
    boost: Math.min(20, Math.log10(rows + 1)),
  }));

const described = (list: Schema<"Described">[] | undefined, type: string, behind: string): Completion[] =>
  (list ?? []).map(({ name, syntax, summary }) => ({ label: name, type, detail: syntax, info: summary, apply: name + behind }));

const words: Completion[] = ["and", "or", "not", "in"].map((label) => ({ label, type: "keyword" }));

async function completeValue(context: CompletionContext, knowledge: Knowledge): Promise<CompletionResult | null> {
  const found = context.matchBefore(/(?:`[^`]+`|[\w@][\w.@-]*)\s*(?::|==)\s*\(?(?:"(?:\\.|[^"\\])*|[^\s"()|:]*)$/);
  if (!found) return null;
  const parts = /^(`[^`]+`|[\w@][\w.@-]*)\s*(?::|==)\s*\(?("?)(.*)$/.exec(found.text);
  if (!parts) return null;
  const [, name = "", quote = "", typed = ""] = parts;
  const field = name.replaceAll("`", "");
  const values = await knowledge.values(field, typed.replace(/\\(.)/g, "$1"));
  if (context.aborted) return null;
  return {
    from: context.pos - typed.length - quote.length,
    options: values.map(({ value, count }, index) => ({
      label: valueText(value),
      displayLabel: value.slice(0, 80),
      detail: count.toLocaleString("en"),
      type: "constant",
      boost: -index,
    })),
    filter: false,
  };
}

/** Commands after a pipe, values after `field:`, fields, functions and words elsewhere. */
export function completionSource(knowledge: () => Knowledge) {
  return async (context: CompletionContext): Promise<CompletionResult | null> => {
    const known = knowledge();
    const command = context.matchBefore(/\|\s*(\w*)$/);
    if (command) {
      const typed = /\w*$/.exec(command.text)?.[0] ?? "";
      return { from: context.pos - typed.length, options: described(known.language?.commands, "keyword", " "), validFor: /^\w*$/ };
    }
    const value = await completeValue(context, known);
    if (value) return value;
    const word = context.matchBefore(/[\w@][\w.@-]*$/);
    if (!word && !context.explicit) return null;
    const inStages = context.state.sliceDoc(0, context.pos).includes("|");
    return {
      from: word?.from ?? context.pos,
      options: [...fieldOptions(known.fields), ...words, ...(inStages ? described(known.language?.functions, "function", "(") : [])],
      validFor: /^[\w.@-]*$/,
    };
  };
}
