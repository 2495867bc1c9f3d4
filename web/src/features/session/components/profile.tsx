import { TimeAgo } from "@/components";
import { t } from "@/lib/messages";
import { useSession } from "@/lib/session";
import styles from "./account.module.css";

export function Profile() {
  const session = useSession();
  const user = session?.user;
  if (!user) return null;
  return (
    <dl className={styles.facts}>
      <dt>{t("session.signin.name")}</dt>
      <dd>{user.name}</dd>
      {user.email !== "" && (
        <>
          <dt>{t("session.account.email")}</dt>
          <dd>{user.email}</dd>
        </>
      )}
      {user.tenant !== "" && (
        <>
          <dt>{t("session.account.tenant")}</dt>
          <dd>{user.tenant}</dd>
        </>
      )}
      <dt>{t("session.account.roles")}</dt>
      <dd>{session.roles.join(", ") || t("common.none")}</dd>
      <dt>{t("session.account.lastSignIn")}</dt>
      <dd>
        <TimeAgo time={user.last_sign_in} />
      </dd>
    </dl>
  );
}
