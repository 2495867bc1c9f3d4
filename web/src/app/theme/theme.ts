import { useEffect } from "react";
import { preferences, usePreferences, type Theme } from "@/lib/preferences";
import { useMediaQuery } from "@mantine/hooks";

export type Scheme = "dark" | "light";

const schemeOf = (theme: Theme, systemIsLight: boolean): Scheme =>
  theme === "light" || (theme === "system" && systemIsLight) ? "light" : "dark";

/** The colour scheme that holds; marks the document for high contrast. */
export function useScheme(): Scheme {
  const { theme } = usePreferences();
  const systemIsLight = useMediaQuery("(prefers-color-scheme: light)");
  const scheme = schemeOf(theme, systemIsLight);
  useEffect(() => {
    document.documentElement.toggleAttribute("data-contrast", false);
    if (theme === "contrast") document.documentElement.setAttribute("data-contrast", "high");
    document.documentElement.setAttribute("data-mantine-color-scheme", scheme);
  }, [theme, scheme]);
  return scheme;
}

export const setTheme = (theme: Theme): void => preferences.change({ theme });
