import { Badge, Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api-client";
import { ErrorState, explain, LoadingState, TimeAgo } from "@/components";
import { t } from "@/lib/messages";
import { toast } from "@/lib/toast";
import styles from "./account.module.css";

const queryKey = ["session", "own"];

export function OwnSessions() {
  const queries = useQueryClient();
  const list = useQuery({ queryKey, queryFn: () => unwrap(api.GET("/sessions")) });
  const end = useMutation({
    mutationFn: (id: string) => unwrap(api.DELETE("/sessions/{id}", { params: { path: { id } } })),
    onSuccess: () => {
      toast.success(t("session.sessions.ended"));
      return queries.invalidateQueries({ queryKey });
    },
    onError: (error) => toast.error(explain(error)),
  });
  if (list.error) return <ErrorState error={list.error} onRetry={() => void list.refetch()} />;
  if (!list.data) return <LoadingState />;
  return (
    <div>
      {list.data.items.map((one) => (
        <div key={one.id} className={styles.session}>
          <div className={styles.about}>
            <div>
              {one.address} {one.current && <Badge size="xs" variant="light">{t("session.sessions.current")}</Badge>}
            </div>
            <div className={styles.agent} title={one.user_agent}>
              <TimeAgo time={one.last_used} /> · {one.user_agent}
            </div>
          </div>
          {!one.current && (
            <Button variant="default" size="compact-xs" onClick={() => end.mutate(one.id)}>
              {t("session.sessions.end")}
            </Button>
          )}
        </div>
      ))}
    </div>
  );
}
