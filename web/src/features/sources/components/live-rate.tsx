import { t } from "@/lib/messages";
import { formatCompact } from "@/lib/numbers";
import { SparkLine } from "@/viz/spark-line";
import { useRates } from "../api/rates";
import { keyOf, type Source } from "../api/sources";
import styles from "./sources.module.css";

export const formatRate = (rate: number): string =>
  t("sources.rate", { rate: formatCompact(rate < 10 ? Math.round(rate * 10) / 10 : Math.round(rate)) });

export function LiveRate({ source }: { source: Source }) {
  const last = useRates(keyOf(source)).at(-1);
  return <span title={t("sources.rate.hint")}>{last ? formatRate(last.rate) : <span className={styles.muted}>–</span>}</span>;
}

export function Trend({ source }: { source: Source }) {
  const rates = useRates(keyOf(source)).map((point) => point.rate);
  return <SparkLine values={rates} width={92} height={20} />;
}
