import { useCallback, useState } from "react";
import { lintRule, type Diagnostic } from "../api/rules";

export interface Check {
  diagnostics: readonly Diagnostic[];
  error: unknown;
  /** There is an error: the rule cannot be saved. */
  broken: boolean;
  check: (text: string) => Promise<readonly Diagnostic[]>;
}

const order = { error: 0, warning: 1, note: 2 };

/** Asks the node what is wrong with a text, and keeps the answer. */
export function useCheck(): Check {
  const [state, setState] = useState<{ diagnostics: readonly Diagnostic[]; error: unknown }>({ diagnostics: [], error: undefined });
  const check = useCallback(async (text: string) => {
    if (text.trim() === "") return [];
    try {
      const { diagnostics } = await lintRule(text);
      const sorted = diagnostics.toSorted((a, b) => order[a.severity] - order[b.severity] || a.line - b.line);
      setState({ diagnostics: sorted, error: undefined });
      return sorted;
    } catch (error) {
      setState({ diagnostics: [], error });
      return [];
    }
  }, []);
  return { ...state, check, broken: state.diagnostics.some((one) => one.severity === "error") };
}
