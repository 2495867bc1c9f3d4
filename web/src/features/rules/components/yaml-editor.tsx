import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching, HighlightStyle, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { forceLinting, lintGutter, linter, lintKeymap, type Diagnostic as Mark } from "@codemirror/lint";
import { Compartment, EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { useEffect, useRef } from "react";
import type { Diagnostic } from "../api/rules";
import { completeSigma } from "./sigma-completion";
import { yamlLanguage } from "./yaml-language";

interface Props {
  value: string;
  onChange: (value: string) => void;
  label: string;
  readOnly?: boolean;
  /** Called a moment after the text has changed. */
  check?: ((text: string) => Promise<readonly Diagnostic[]>) | undefined;
  onSave?: (() => void) | undefined;
  /** Where to put the cursor: a line from 1, and a counter so that the same place can be asked for again. */
  goTo?: { line: number; column: number; times: number } | undefined;
}

const lintDelay = 350;

const colors = HighlightStyle.define([
  { tag: tags.propertyName, color: "var(--v-series-1)" },
  { tag: tags.string, color: "var(--v-text)" },
  { tag: tags.comment, color: "var(--v-faint)", fontStyle: "italic" },
  { tag: [tags.number, tags.atom, tags.bool], color: "var(--v-series-4)" },
  { tag: tags.keyword, color: "var(--v-series-5)" },
  { tag: [tags.punctuation, tags.meta], color: "var(--v-muted)" },
]);

const theme = EditorView.theme({
  "&": { height: "100%", fontSize: "12.5px", backgroundColor: "var(--v-surface)", color: "var(--v-text)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--v-mono)", lineHeight: "1.55", fontVariantLigatures: "none" },
  ".cm-content": { caretColor: "var(--v-accent)" },
  ".cm-cursor": { borderLeftColor: "var(--v-accent)" },
  ".cm-gutters": { backgroundColor: "var(--v-surface)", color: "var(--v-faint)", borderRight: "1px solid var(--v-border)" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "color-mix(in srgb, var(--v-text) 4%, transparent)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "color-mix(in srgb, var(--v-accent) 28%, transparent)",
  },
  ".cm-tooltip": {
    backgroundColor: "var(--v-raised)",
    border: "1px solid var(--v-border-strong)",
    borderRadius: "6px",
    boxShadow: "var(--v-shadow)",
    color: "var(--v-text)",
  },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--v-accent-solid)", color: "#fff" },
  // The content policy lets no pictures in addresses of data through, which marks are made of.
  ".cm-lintRange": { backgroundImage: "none" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--v-bad)" },
  ".cm-lintRange-warning": { backgroundImage: "none", textDecoration: "underline wavy var(--v-warn)" },
  ".cm-lintRange-info": { backgroundImage: "none", textDecoration: "underline dotted var(--v-accent)" },
  ".cm-lint-marker": { width: "0.6em", height: "0.6em", margin: "0.45em 0.2em", borderRadius: "50%" },
  ".cm-lint-marker-error": { content: "''", backgroundColor: "var(--v-bad)" },
  ".cm-lint-marker-warning": { content: "''", backgroundColor: "var(--v-warn)" },
  ".cm-lint-marker-info": { content: "''", backgroundColor: "var(--v-accent)" },
  ".cm-diagnostic": { whiteSpace: "pre-wrap", fontFamily: "var(--v-font)" },
  ".cm-diagnostic-error": { borderLeftColor: "var(--v-bad)" },
  ".cm-diagnostic-warning": { borderLeftColor: "var(--v-warn)" },
  ".cm-diagnostic-info": { borderLeftColor: "var(--v-accent)" },
});

function marksOf(state: EditorState, diagnostics: readonly Diagnostic[]): Mark[] {
  return diagnostics.map((one) => {
    const line = state.doc.line(Math.max(1, Math.min(state.doc.lines, one.line)));
    const start = Math.min(line.to, line.from + Math.max(0, one.column - 1));
    const word = /^[\w.@|-]+/.exec(line.text.slice(start - line.from))?.[0].length ?? 1;
    return {
      from: start,
      to: Math.min(line.to, start + word),
      severity: one.severity === "note" ? "info" : one.severity,
      message: one.help === null ? one.message : `${one.message}\n${one.help}`,
    };
  });
}

/** An editor for the text of a rule. Loaded lazily: CodeMirror is large. */
export default function YamlEditor({ value, onChange, label, readOnly = false, check, onSave, goTo }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const access = useRef(new Compartment());
  const latest = useRef({ value, onChange, check, onSave });
  useEffect(() => {
    latest.current = { value, onChange, check, onSave };
  });

  useEffect(() => {
    if (!host.current) return;
    const editor = new EditorView({
      parent: host.current,
      state: EditorState.create({
        doc: latest.current.value,
        extensions: [
          lineNumbers(),
          history(),
          drawSelection(),
          indentUnit.of("  "),
          EditorState.tabSize.of(2),
          bracketMatching(),
          closeBrackets(),
          autocompletion({ override: [completeSigma] }),
          highlightActiveLine(),
          highlightActiveLineGutter(),
          yamlLanguage,
          syntaxHighlighting(colors),
          theme,
          lintGutter(),
          linter(
            async (shown) => {
              const text = shown.state.doc.toString();
              const found = (await latest.current.check?.(text)) ?? [];
              return marksOf(shown.state, found);
            },
            { delay: lintDelay },
          ),
          keymap.of([
            {
              key: "Mod-s",
              preventDefault: true,
              run: () => {
                latest.current.onSave?.();
                return true;
              },
            },
            ...closeBracketsKeymap,
            ...defaultKeymap,
            ...historyKeymap,
            ...completionKeymap,
            ...lintKeymap,
            indentWithTab,
          ]),
          EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) latest.current.onChange(update.state.doc.toString());
          }),
          access.current.of([]),
        ],
      }),
    });
    view.current = editor;
    return () => editor.destroy();
  }, [label]);

  useEffect(() => {
    view.current?.dispatch({ effects: access.current.reconfigure(EditorState.readOnly.of(readOnly)) });
  }, [readOnly]);

  useEffect(() => {
    const editor = view.current;
    if (!editor || editor.state.doc.toString() === value) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
    forceLinting(editor);
  }, [value]);

  useEffect(() => {
    const editor = view.current;
    if (!editor || !goTo) return;
    const line = editor.state.doc.line(Math.max(1, Math.min(editor.state.doc.lines, goTo.line)));
    const place = Math.min(line.to, line.from + Math.max(0, goTo.column - 1));
    editor.dispatch({ selection: { anchor: place }, scrollIntoView: true });
    editor.focus();
  }, [goTo]);

  return <div ref={host} style={{ height: "100%", minHeight: 0, overflow: "hidden" }} />;
}
