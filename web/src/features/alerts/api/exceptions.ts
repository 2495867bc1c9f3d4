import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { api, idempotent, unwrap, type Schema } from "@/api-client";

export type Preview = Schema<"ExceptionBackTest">;

interface Tried {
  condition: string;
  rules: string[];
  from: string;
  to: string;
}

const firstPause = 150;
const longestPause = 1_500;

const pause = (milliseconds: number, signal: AbortSignal) =>
  new Promise<void>((done) => {
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      done();
    });
  });

async function preview(tried: Tried, signal: AbortSignal): Promise<Preview> {
  const made = await unwrap(api.POST("/exceptions/back-test", { params: { header: idempotent() }, body: tried, signal }));
  const id = (made as { id: string }).id;
  signal.addEventListener("abort", () => void api.POST("/jobs/{id}/cancel", { params: { path: { id } } }));
  for (let wait = firstPause; ; wait = Math.min(longestPause, wait * 1.5)) {
    const job = await unwrap(api.GET("/jobs/{id}", { params: { path: { id } }, signal }));
    if (job.state === "succeeded") return job.result as Preview;
    if (job.state === "failed" || job.state === "cancelled") throw new Error(job.message || job.state);
    await pause(wait, signal);
  }
}

/** Asks what an exception would have hidden; a new question, or leaving, ends the one before. */
export function usePreview() {
  const running = useRef<AbortController>(undefined);
  useEffect(() => () => running.current?.abort(), []);
  return useMutation({
    mutationFn: (tried: Tried) => {
      running.current?.abort();
      running.current = new AbortController();
      return preview(tried, running.current.signal);
    },
  });
}

export function useCreateException() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: Schema<"ExceptionText">) =>
      unwrap(api.POST("/exceptions", { params: { header: idempotent() }, body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["exceptions"] }),
  });
}
