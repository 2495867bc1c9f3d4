import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { SessionDialogs } from "@/features/session";
import { queryClient } from "./query-client";
import { router } from "./router";
import { Toasts } from "./shell/toasts";
import { cssVariables, mantineTheme } from "./theme/mantine";
import { useScheme } from "./theme/theme";

export function App() {
  const scheme = useScheme();
  return (
    <MantineProvider theme={mantineTheme} cssVariablesResolver={cssVariables} forceColorScheme={scheme}>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
        <SessionDialogs />
        <Toasts />
      </QueryClientProvider>
    </MantineProvider>
  );
}
