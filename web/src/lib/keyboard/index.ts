export { paletteOpen, useCommandList, useCommands, type Command } from "./commands";
export { capsOf, type Keys } from "./keys";
export { useShortcutList, useShortcutListener, useShortcuts, type Shortcut } from "./shortcuts";
