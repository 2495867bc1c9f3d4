import { Button, TextInput } from "@mantine/core";
import { IconCopy } from "@tabler/icons-react";
import { useState } from "react";
import { copyText } from "@/lib/clipboard";
import { t } from "@/lib/messages";
import { addressIn, fillSnippet, isLoopback, shippers, type Shipper } from "../api/shippers";
import { useHealth } from "../api/sources";
import styles from "./add-source.module.css";

/** What to write where, for each shipper, with the address of this node. */
export function AddSource() {
  const health = useHealth();
  const [find, setFind] = useState("");
  const [chosen, setChosen] = useState(shippers[0]?.name);
  const [host, setHost] = useState(location.hostname);
  const [key, setKey] = useState("");
  const facts = new Map(health.data?.facts.map((fact) => [fact.name, fact.value]));
  const shown = shippers.filter((one) => one.name.toLowerCase().includes(find.toLowerCase()));
  const shipper = shippers.find((one) => one.name === chosen);
  return (
    <div className={styles.add}>
      <div className={styles.list}>
        <TextInput
          mb={8}
          aria-label={t("sources.add.find")}
          placeholder={t("sources.add.find")}
          value={find}
          onChange={(event) => setFind(event.currentTarget.value)}
        />
        {shown.length === 0 && <p className={styles.about}>{t("sources.add.none")}</p>}
        {shown.map((one) => (
          <button
            key={one.name}
            type="button"
            className={styles.shipper}
            aria-pressed={one.name === chosen}
            onClick={() => setChosen(one.name)}
          >
            {one.name}
          </button>
        ))}
      </div>
      {shipper && (
        <Guide
          shipper={shipper}
          fact={health.data ? facts.get(shipper.listener) : undefined}
          known={health.data !== undefined}
          host={host}
          onHost={setHost}
          secret={key}
          onSecret={setKey}
        />
      )}
    </div>
  );
}

interface GuideProps {
  shipper: Shipper;
  /** Where the listener listens, as the node says; undefined: it does not. */
  fact: string | undefined;
  known: boolean;
  host: string;
  onHost: (host: string) => void;
  secret: string;
  onSecret: (secret: string) => void;
}

function Guide({ shipper, fact, known, host, onHost, secret, onSecret }: GuideProps) {
  const address = addressIn(fact);
  const port = address?.port ?? shipper.port;
  const networked = shipper.port !== 0;
  const snippet = fillSnippet(shipper, host, port, secret === "" ? "<key>" : secret);
  return (
    <div className={styles.guide}>
      <h2>{shipper.name}</h2>
      <p className={styles.about}>
        {t("sources.add.listen")} <code>{shipper.listenerName}</code>{" "}
        {fact !== undefined ? t("sources.add.at", { address: fact }) : known ? t("sources.add.off") : ""} · {shipper.file}
      </p>
      {networked && address && isLoopback(address.host) && (
        <p className={styles.warn}>{t("sources.add.loopback", { port: String(port) })}</p>
      )}
      <div className={styles.form}>
        {networked && (
          <TextInput
            w={240}
            label={t("sources.add.host")}
            value={host}
            onChange={(event) => onHost(event.currentTarget.value)}
          />
        )}
        {shipper.key && (
          <TextInput
            w={340}
            label={t("sources.add.key")}
            description={t("sources.add.key.hint")}
            inputWrapperOrder={["label", "input", "description"]}
            autoComplete="off"
            value={secret}
            onChange={(event) => onSecret(event.currentTarget.value)}
          />
        )}
      </div>
      <div className={styles.snippet}>
        <pre aria-label={t("sources.add.snippet", { shipper: shipper.name })} tabIndex={0}>
          {snippet}
        </pre>
        <Button
          className={styles.copy}
          variant="default"
          size="compact-xs"
          leftSection={<IconCopy size={13} />}
          aria-label={t("sources.add.copy")}
          onClick={() => void copyText(snippet)}
        >
          {t("common.action.copy")}
        </Button>
      </div>
    </div>
  );
}
