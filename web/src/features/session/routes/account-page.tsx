import { Page } from "@/components";
import { t } from "@/lib/messages";
import { toast } from "@/lib/toast";
import { OwnSessions } from "../components/own-sessions";
import { PasswordForm } from "../components/password-form";
import { Profile } from "../components/profile";
import { SecondFactor } from "../components/second-factor";
import styles from "../components/account.module.css";

/** One's own account: who one is, password, second factor, sessions. */
export function AccountPage() {
  return (
    <Page title={t("session.account.title")}>
      <div className={styles.columns}>
        <section className={styles.card} aria-labelledby="profile">
          <h2 id="profile">{t("session.account.profile")}</h2>
          <Profile />
        </section>
        <section className={styles.card} aria-labelledby="second-factor">
          <h2 id="second-factor">{t("session.totp.title")}</h2>
          <SecondFactor />
        </section>
        <section className={styles.card} aria-labelledby="password">
          <h2 id="password">{t("session.password.title")}</h2>
          <p className={styles.hint}>{t("session.password.intro")}</p>
          <PasswordForm onDone={() => toast.success(t("session.password.changed"))} />
        </section>
        <section className={styles.card} aria-labelledby="sessions">
          <h2 id="sessions">{t("session.sessions.title")}</h2>
          <OwnSessions />
        </section>
      </div>
    </Page>
  );
}
