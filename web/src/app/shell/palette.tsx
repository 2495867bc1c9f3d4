import { Modal } from "@mantine/core";
import { useEffect, useId, useMemo, useRef, useState, type KeyboardEvent } from "react";
import { KeyHint } from "@/components";
import { paletteOpen, useCommandList, type Command } from "@/lib/keyboard";
import { t } from "@/lib/messages";
import { useStore } from "@/lib/store";
import { rankCommands } from "./rank-commands";
import styles from "./palette.module.css";

/** Ctrl-K: pages, actions, and whatever the open page adds. */
export function Palette() {
  const opened = useStore(paletteOpen);
  return (
    <Modal.Root opened={opened} onClose={() => paletteOpen.set(false)} padding={0} size={560} yOffset="12vh">
      <Modal.Overlay />
      <Modal.Content aria-label={t("shell.palette.title")}>
        {opened && <PaletteList onDone={() => paletteOpen.set(false)} />}
      </Modal.Content>
    </Modal.Root>
  );
}

function PaletteList({ onDone }: { onDone: () => void }) {
  const commands = useCommandList();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const id = useId();
  const found = useMemo(() => rankCommands(commands, text), [commands, text]);
  const current = Math.min(at, found.length - 1);

  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [current]);

  const run = (command: Command | undefined) => {
    if (!command) return;
    onDone();
    // After the dialog is gone, so that the command can take the focus.
    setTimeout(() => command.run());
  };
  const press = (event: KeyboardEvent) => {
    const steps: Record<string, () => void> = {
      ArrowDown: () => setAt((current + 1) % Math.max(1, found.length)),
      ArrowUp: () => setAt((current - 1 + found.length) % Math.max(1, found.length)),
      Home: () => setAt(0),
      End: () => setAt(found.length - 1),
      Enter: () => run(found[current]),
    };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    step();
  };
  return (
    <>
      <input
        className={styles.input}
        role="combobox"
        aria-expanded="true"
        aria-controls={`${id}-list`}
        aria-activedescendant={found.length > 0 ? `${id}-${current}` : undefined}
        aria-label={t("shell.palette.placeholder")}
        placeholder={t("shell.palette.placeholder")}
        value={text}
        data-autofocus
        spellCheck={false}
        onKeyDown={press}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setAt(0);
        }}
      />
      <div ref={list} id={`${id}-list`} role="listbox" aria-label={t("shell.palette.title")} className={styles.list}>
        {found.length === 0 && <div className={styles.empty}>{t("shell.palette.empty")}</div>}
        {found.map((command, index) => (
          <div key={command.id}>
            {command.group !== found[index - 1]?.group && <div className={styles.group}>{command.group}</div>}
            <div
              id={`${id}-${index}`}
              role="option"
              aria-selected={index === current}
              className={styles.option}
              onMouseMove={() => setAt(index)}
              onClick={() => run(command)}
            >
              <span className={styles.icon}>{command.icon}</span>
              <span className={styles.label}>{command.label}</span>
              {command.keys !== undefined && <KeyHint keys={command.keys} />}
            </div>
          </div>
        ))}
      </div>
    </>
  );
}
