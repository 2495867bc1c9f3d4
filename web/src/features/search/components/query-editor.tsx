import { acceptCompletion, autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, completionStatus } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { linter, type Diagnostic } from "@codemirror/lint";
import { EditorState, Prec } from "@codemirror/state";
import { EditorView, keymap, placeholder } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { useEffect, useRef, type RefObject } from "react";
import { t } from "@/lib/messages";
import { validateQuery } from "../api/queries";
import { completionSource, queryLanguage, type Knowledge } from "./query-language";
import styles from "./query-bar.module.css";

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--v-series-4)", fontWeight: "600" },
  { tag: tags.operatorKeyword, color: "var(--v-series-4)" },
  { tag: tags.propertyName, color: "var(--v-accent)" },
  { tag: tags.string, color: "var(--v-good)" },
  { tag: tags.function(tags.variableName), color: "var(--v-series-6)" },
  { tag: tags.number, color: "var(--v-series-3)" },
  { tag: tags.comment, color: "var(--v-faint)" },
  { tag: tags.operator, color: "var(--v-muted)" },
]);

async function findFaults(view: EditorView): Promise<Diagnostic[]> {
  const text = view.state.doc.toString();
  if (text.trim() === "") return [];
  const { problems } = await validateQuery(text);
  return problems.map(({ severity, message, help, line, column }) => {
    const at = view.state.doc.line(Math.min(Math.max(1, line), view.state.doc.lines));
    // Columns count characters, positions UTF-16 units.
    const before = Array.from(at.text).slice(0, Math.max(0, column - 1)).join("").length;
    const from = Math.min(at.from + before, view.state.doc.length);
    const word = /^[\w.@]+/.exec(text.slice(from))?.[0].length ?? 1;
    return { from, to: Math.min(from + word, text.length), severity, message: help ? `${message}\n${help}` : message };
  });
}

export interface QueryProps {
  value: string;
  knowledge: Knowledge;
  onChange: (query: string) => void;
  onRun: (query: string) => void;
}

/** The query as text: colours, completion, faults where they stand. Enter runs, Shift+Enter makes a line. */
export function QueryEditor({ value, knowledge, onChange, onRun, takesFocus }: QueryProps & { takesFocus: RefObject<boolean> }) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const latest = useRef({ knowledge, onChange, onRun });
  useEffect(() => {
    latest.current = { knowledge, onChange, onRun };
  });

  useEffect(() => {
    if (!host.current) return;
    const run = (editor: EditorView): boolean => {
      if (completionStatus(editor.state) === "active" && acceptCompletion(editor)) return true;
      latest.current.onRun(editor.state.doc.toString());
      return true;
    };
    const editor = new EditorView({
      parent: host.current,
      state: EditorState.create({
        extensions: [
          history(),
          closeBrackets(),
          queryLanguage,
          syntaxHighlighting(colours),
          autocompletion({ override: [completionSource(() => latest.current.knowledge)], activateOnTyping: true, icons: false, selectOnOpen: false, interactionDelay: 0 }),
          linter(findFaults, { delay: 400 }),
          placeholder(t("search.query.placeholder")),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ "aria-label": t("search.query.label"), spellcheck: "false" }),
          Prec.highest(keymap.of([{ key: "Enter", run }, { key: "Mod-Enter", run: (at) => (latest.current.onRun(at.state.doc.toString()), true) }, { key: "Tab", run: acceptCompletion }])),
          keymap.of([...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...defaultKeymap]),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) latest.current.onChange(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = editor;
    if (takesFocus.current && document.activeElement === document.body) editor.focus();
    return () => editor.destroy();
  }, [takesFocus]);

  useEffect(() => {
    const editor = view.current;
    if (!editor || editor.state.doc.toString() === value) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value }, selection: { anchor: value.length } });
  }, [value]);

  return <div ref={host} className={styles.bar} data-query-bar="" />;
}
