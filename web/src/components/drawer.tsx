import { ActionIcon, Portal } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useEffect, useId, useRef, type ReactNode } from "react";
import { t } from "@/lib/messages";
import styles from "./drawer.module.css";

interface Props {
  opened: boolean;
  onClose: () => void;
  title: ReactNode;
  actions?: ReactNode;
  /** Pixels. */
  width?: number;
  children: ReactNode;
}

/** A panel at the right, beside the work: what is behind it stays usable. Escape closes it. */
export function Drawer({ opened, ...panel }: Props) {
  return opened ? (
    <Portal>
      <Panel {...panel} />
    </Portal>
  ) : null;
}

function Panel({ onClose, title, actions, width = 640, children }: Omit<Props, "opened">) {
  const id = useId();
  const panel = useRef<HTMLElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    const own = panel.current;
    own?.focus({ preventScroll: true });
    return () => {
      const inside = own?.contains(document.activeElement) === true || document.activeElement === document.body;
      if (inside && before instanceof HTMLElement) before.focus({ preventScroll: true });
    };
  }, []);
  return (
    <section
      ref={panel}
      role="dialog"
      aria-labelledby={id}
      tabIndex={-1}
      className={styles.panel}
      style={{ width }}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || event.defaultPrevented) return;
        event.stopPropagation();
        onClose();
      }}
    >
      <header className={styles.header}>
        <h2 id={id} className={styles.title}>
          {title}
        </h2>
        <div className={styles.actions}>
          {actions}
          <ActionIcon aria-label={t("common.action.close")} title={t("common.action.close")} onClick={onClose}>
            <IconX size={16} />
          </ActionIcon>
        </div>
      </header>
      <div className={styles.body}>{children}</div>
    </section>
  );
}
