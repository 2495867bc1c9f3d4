import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import styles from "./go.module.css";

interface Props {
  to: string;
  params?: Record<string, string>;
  search?: Record<string, unknown>;
  className?: string | undefined;
  children: ReactNode;
}

/** A link to a page of another feature; the time range goes along. */
export function Go({ to, params = {}, search = {}, className = styles.link, children }: Props) {
  return (
    <Link to={to as never} params={params as never} search={search as never} className={className}>
      {children}
    </Link>
  );
}
