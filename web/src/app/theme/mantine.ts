import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from "@mantine/core";

const accent: MantineColorsTuple = [
  "#eaf2ff", "#d3e3ff", "#a8c8ff", "#7fb0ff", "#5b9dff", "#4389f5", "#2f6fdd", "#255cbc", "#1d4a99", "#163a79",
];
const slate: MantineColorsTuple = [
  "#dfe3ea", "#c3c9d4", "#949cab", "#7c8494", "#3a4150", "#252a35", "#181c24", "#12151b", "#0c0e12", "#08090c",
];

export const mantineTheme = createTheme({
  primaryColor: "accent",
  primaryShade: { dark: 6, light: 6 },
  colors: { accent, dark: slate },
  fontFamily: "var(--v-font)",
  fontFamilyMonospace: "var(--v-mono)",
  defaultRadius: 6,
  fontSizes: { xs: "11.5px", sm: "13px", md: "13.5px", lg: "15px", xl: "17px" },
  spacing: { xs: "6px", sm: "10px", md: "14px", lg: "20px", xl: "28px" },
  headings: { fontWeight: "600", sizes: { h1: { fontSize: "16px" }, h2: { fontSize: "14px" }, h3: { fontSize: "13px" } } },
  components: {
    Button: { defaultProps: { size: "xs" } },
    TextInput: { defaultProps: { size: "xs" } },
    PasswordInput: { defaultProps: { size: "xs" } },
    Textarea: { defaultProps: { size: "xs" } },
    Select: { defaultProps: { size: "xs", comboboxProps: { shadow: "md" } } },
    MultiSelect: { defaultProps: { size: "xs" } },
    Checkbox: { defaultProps: { size: "xs" } },
    Switch: { defaultProps: { size: "xs" } },
    SegmentedControl: { defaultProps: { size: "xs", withItemsBorders: false } },
    ActionIcon: { defaultProps: { variant: "subtle", color: "gray", size: "md" } },
    Menu: { defaultProps: { shadow: "md", transitionProps: { duration: 80 } } },
    Popover: { defaultProps: { shadow: "md", transitionProps: { duration: 80 } } },
    Modal: { defaultProps: { transitionProps: { duration: 100 }, overlayProps: { backgroundOpacity: 0.5 } } },
    Drawer: { defaultProps: { transitionProps: { duration: 120 } } },
    Tooltip: { defaultProps: { openDelay: 350, withArrow: true } },
    Badge: { defaultProps: { tt: "none", radius: "sm", fw: 550 } },
    Tabs: { defaultProps: { keepMounted: false } },
  },
});

const shared = {
  "--mantine-color-body": "var(--v-surface)",
  "--mantine-color-text": "var(--v-text)",
  "--mantine-color-bright": "var(--v-text)",
  "--mantine-color-dimmed": "var(--v-muted)",
  "--mantine-color-placeholder": "var(--v-faint)",
  "--mantine-color-anchor": "var(--v-accent)",
  "--mantine-color-default": "var(--v-raised)",
  "--mantine-color-default-hover": "var(--v-hover)",
  "--mantine-color-default-color": "var(--v-text)",
  "--mantine-color-default-border": "var(--v-border)",
  "--mantine-color-error": "var(--v-bad)",
  "--mantine-shadow-md": "var(--v-shadow)",
  "--mantine-color-gray-light-color": "var(--v-muted)",
};

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  dark: { ...shared, "--mantine-color-gray-subtle-color": "var(--v-muted)" },
  light: shared,
});
