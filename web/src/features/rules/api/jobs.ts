import { useEffect, useRef, useState } from "react";
import { api, unwrap, type Schema } from "@/api-client";

type Job = Schema<"Job">;

export interface JobRun<R> {
  /** Undefined until a job was started. */
  job: Job | undefined;
  running: boolean;
  result: R | undefined;
  error: unknown;
  start: (begin: () => Promise<{ id?: unknown }>) => void;
  cancel: () => void;
}

const firstLook = 150;
const slowestLook = 2_000;

const ended = (job: Job): boolean => !["queued", "running"].includes(job.state);

/** Starts long work and follows it to its end; a new start forgets the one before. */
export function useJob<R>(): JobRun<R> {
  const [state, setState] = useState<{ job?: Job; running: boolean; error?: unknown }>({ running: false });
  const run = useRef(0);
  useEffect(
    () => () => {
      run.current += 1;
    },
    [],
  );

  const follow = async (begin: () => Promise<{ id?: unknown }>) => {
    run.current += 1;
    const mine = run.current;
    setState({ running: true });
    try {
      const id = String((await begin()).id);
      for (let pause = firstLook; run.current === mine; pause = Math.min(slowestLook, pause * 1.5)) {
        const job = await unwrap(api.GET("/jobs/{id}", { params: { path: { id } } }));
        if (run.current !== mine) return;
        setState({ job, running: !ended(job) });
        if (ended(job)) return;
        await new Promise((done) => setTimeout(done, pause));
      }
    } catch (error) {
      if (run.current === mine) setState({ running: false, error });
    }
  };

  const { job } = state;
  return {
    job,
    running: state.running,
    result: job?.state === "succeeded" ? (job.result as R) : undefined,
    error: state.error,
    start: (begin) => void follow(begin),
    cancel: () => {
      if (job && !ended(job)) void unwrap(api.POST("/jobs/{id}/cancel", { params: { path: { id: job.id } } }));
    },
  };
}
