import { Modal } from "@mantine/core";
import { KeyHint } from "@/components";
import { useShortcutList, type Shortcut } from "@/lib/keyboard";
import { t } from "@/lib/messages";
import { createStore, useStore } from "@/lib/store";
import styles from "./help-sheet.module.css";

export const helpOpen = createStore(false);

function grouped(list: readonly Shortcut[]): [string, Shortcut[]][] {
  const groups = new Map<string, Shortcut[]>();
  for (const shortcut of list) {
    const group = groups.get(shortcut.group) ?? [];
    if (!group.some((known) => known.keys === shortcut.keys)) group.push(shortcut);
    groups.set(shortcut.group, group);
  }
  return [...groups];
}

/** Every shortcut that works where the person is. */
export function HelpSheet() {
  const opened = useStore(helpOpen);
  const list = useShortcutList();
  return (
    <Modal
      opened={opened}
      onClose={() => helpOpen.set(false)}
      title={t("shell.shortcuts.title")}
      size="lg"
      closeButtonProps={{ "aria-label": t("common.action.close") }}
    >
      <div className={styles.groups}>
        {grouped(list).map(([group, shortcuts]) => (
          <section key={group} className={styles.group}>
            <h2 className={styles.title}>{group}</h2>
            <dl className={styles.list}>
              {shortcuts.map(({ keys, label }) => (
                <div key={keys} className={styles.line}>
                  <dt>{label}</dt>
                  <dd>
                    <KeyHint keys={keys} />
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <a href="/licenses.txt" target="_blank" rel="noreferrer" className={styles.licenses}>
        {t("shell.licenses")}
      </a>
    </Modal>
  );
}
