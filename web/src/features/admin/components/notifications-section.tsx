import { api, unwrap } from "@/api-client";
import { EmptyState, ErrorState, LoadingState, Page } from "@/components";
import { t } from "@/lib/messages";
import { useList } from "../api/resources";
import styles from "./admin.module.css";

interface Operation {
  method: string;
  path: string;
  summary: string;
}

const methods = ["get", "post", "put", "patch", "delete"];

/** The operations of a contract whose path speaks of notifications. */
export function notificationOperations(contract: unknown): Operation[] {
  const paths = (contract as { paths?: Record<string, Record<string, { summary?: unknown } | undefined>> }).paths ?? {};
  return Object.entries(paths)
    .filter(([path]) => path.includes("notification"))
    .flatMap(([path, operations]) =>
      methods.flatMap((method) => {
        const operation = operations[method];
        const summary = typeof operation?.summary === "string" ? operation.summary : "";
        return operation ? [{ method: method.toUpperCase(), path, summary }] : [];
      }),
    );
}

export function NotificationsSection() {
  const query = useList(["notifications"], async () => notificationOperations(await unwrap(api.GET("/openapi.json"))));
  return (
    <Page title={t("admin.section.notifications")}>
      {query.error && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {!query.data && !query.error && <LoadingState />}
      {query.data?.length === 0 && <EmptyState title={t("admin.notifications.none")} hint={t("admin.notifications.none.hint")} />}
      {query.data && query.data.length > 0 && (
        <>
          <p className={styles.muted}>{t("admin.notifications.has")}</p>
          {query.data.map(({ method, path, summary }) => (
            <div key={`${method} ${path}`} className={styles.row}>
              <code style={{ width: 60 }}>{method}</code>
              <code>{path}</code>
              <span className={styles.muted}>{summary}</span>
            </div>
          ))}
        </>
      )}
    </Page>
  );
}
