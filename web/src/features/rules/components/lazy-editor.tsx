import { lazy, Suspense, type ComponentProps } from "react";
import { LoadingState } from "@/components";

const Editor = lazy(() => import("./yaml-editor"));

export function LazyEditor(props: ComponentProps<typeof Editor>) {
  return (
    <Suspense fallback={<LoadingState />}>
      <Editor {...props} />
    </Suspense>
  );
}
