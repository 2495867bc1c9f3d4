import { render } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { useShortcutListener, useShortcuts } from "./shortcuts";

function Page({ run, inField }: { run: (keys: string) => void; inField?: (keys: string) => void }) {
  useShortcutListener();
  useShortcuts([
    { keys: "j", label: "Next", group: "Test", run: () => run("j") },
    { keys: "g s", label: "Search", group: "Test", run: () => run("g s") },
    { keys: "?", label: "Help", group: "Test", run: () => run("?") },
    { keys: "mod+k", label: "Palette", group: "Test", whileTyping: true, run: () => inField?.("mod+k") },
  ]);
  return <input aria-label="field" />;
}

const press = (target: EventTarget, key: string, more: KeyboardEventInit = {}) =>
  target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more }));

describe("shortcuts", () => {
  it("runs keys and sequences, but not while typing", () => {
    const run = vi.fn();
    const palette = vi.fn();
    const page = render(<Page run={run} inField={palette} />);
    press(document.body, "j");
    press(document.body, "g");
    press(document.body, "s");
    press(document.body, "?", { shiftKey: true });
    expect(run.mock.calls.flat()).toEqual(["j", "g s", "?"]);
    const field = page.getByLabelText("field");
    press(field, "j");
    press(field, "k", { ctrlKey: true });
    expect(run).toHaveBeenCalledTimes(3);
    expect(palette).toHaveBeenCalledOnce();
  });

  it("forgets what is gone", () => {
    const run = vi.fn();
    render(<Page run={run} />).unmount();
    press(document.body, "j");
    expect(run).not.toHaveBeenCalled();
  });
});
