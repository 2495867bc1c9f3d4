import { Tabs } from "@mantine/core";
import type { ReactNode } from "react";

interface PageTab<I extends string> {
  id: I;
  label: ReactNode;
}

interface Props<I extends string> {
  label: string;
  tabs: readonly PageTab<I>[];
  value: I | undefined;
  onChange: (id: I) => void;
}

/** The parts of a page, for its toolbar; the page itself draws the one that is chosen. */
export function PageTabs<I extends string>({ label, tabs, value, onChange }: Props<I>) {
  return (
    <Tabs
      value={value ?? null}
      variant="pills"
      onChange={(next) => {
        const chosen = tabs.find(({ id }) => id === next);
        if (chosen) onChange(chosen.id);
      }}
    >
      <Tabs.List aria-label={label}>
        {tabs.map((tab) => (
          <Tabs.Tab key={tab.id} value={tab.id}>
            {tab.label}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {/* A tab has to name a panel. */}
      {tabs.map((tab) => (
        <Tabs.Panel key={tab.id} value={tab.id} keepMounted>
          <span />
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}
