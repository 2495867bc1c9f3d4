import { ActionIcon, Button, Menu, Select, TagsInput, TextInput } from "@mantine/core";
import { IconCheck, IconChevronDown, IconPencil } from "@tabler/icons-react";
import { useState } from "react";
import { levels, Severity, severityName, Timestamp } from "@/components";
import { t } from "@/lib/messages";
import { useCan, useSession } from "@/lib/session";
import { useChangeIncidents, useEditIncident } from "../api/changes";
import { useUserNames } from "../api/queries";
import { statuses, tlps, type Incident, type IncidentChange } from "../api/types";
import styles from "./incident.module.css";
import { classificationName, Due, statusName, StatusLabel } from "./labels";
import { MoreActions, ReportMenu } from "./incident-menus";

interface Props {
  incident: Incident;
  onClose: () => void;
  onMerge: () => void;
  onPause: () => void;
}

/** What an incident is, who has it, and what can be done with it. */
export function IncidentHeader({ incident, onClose, onMerge, onPause }: Props) {
  const own = useSession()?.user?.name;
  const mayWrite = useCan("incidents.write");
  const change = useChangeIncidents();
  const apply = (wanted: IncidentChange) =>
    change.mutate({ ids: [incident.id], change: wanted, done: (count) => t("incidents.done", { count }) });
  const open = incident.status !== "closed";
  return (
    <div className={styles.head}>
      <div className={styles.headline}>
        <Title key={incident.title} incident={incident} />
        {mayWrite && open && own !== undefined && incident.owner !== own && (
          <Button variant="default" onClick={() => apply({ owner: own })}>
            {t("incidents.action.take")}
          </Button>
        )}
        {mayWrite && (
          <Menu>
            <Menu.Target>
              <Button variant="default" rightSection={<IconChevronDown size={13} />} aria-label={t("incidents.status.change", { status: statusName(incident.status) })}>
                {statusName(incident.status)}
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              {statuses.map((status) => (
                <Menu.Item
                  key={status}
                  leftSection={status === incident.status ? <IconCheck size={14} /> : <span style={{ width: 14 }} />}
                  onClick={() => (status === "closed" ? onClose() : apply({ status }))}
                >
                  {statusName(status)}
                </Menu.Item>
              ))}
            </Menu.Dropdown>
          </Menu>
        )}
        {mayWrite && open && <Button onClick={onClose}>{t("incidents.action.close")}</Button>}
        <ReportMenu id={incident.id} />
        {mayWrite && <MoreActions incident={incident} onMerge={onMerge} onPause={onPause} />}
      </div>
      <div className={styles.facts}>
        <span className={styles.fact}>
          {mayWrite ? (
            <Menu>
              <Menu.Target>
                <button type="button" style={{ all: "unset", cursor: "pointer" }} aria-label={t("incidents.severity.change", { severity: severityName(incident.severity) })}>
                  <Severity level={incident.severity} />
                </button>
              </Menu.Target>
              <Menu.Dropdown>
                {levels.map((severity) => (
                  <Menu.Item key={severity} onClick={() => apply({ severity })}>
                    <Severity level={severity} />
                  </Menu.Item>
                ))}
                <Menu.Item onClick={() => apply({ severity: null })}>{t("incidents.severity.engine", { severity: severityName(incident.engine_severity) })}</Menu.Item>
              </Menu.Dropdown>
            </Menu>
          ) : (
            <Severity level={incident.severity} />
          )}
        </span>
        {!mayWrite && <StatusLabel status={incident.status} />}
        {incident.classification && <span>{classificationName(incident.classification)}</span>}
        <span>{t("incidents.risk.short", { risk: Math.round(incident.risk) })}</span>
        <span className={styles.fact}>
          <Timestamp time={incident.first} precision="minute" /> – <Timestamp time={incident.last} precision="minute" />
        </span>
        <Due incident={incident} />
        <OwnerField incident={incident} disabled={!mayWrite} onChange={(owner) => apply({ owner })} />
        <Select
          aria-label={t("incidents.tlp")}
          w={138}
          allowDeselect={false}
          disabled={!mayWrite}
          data={tlps.map((value) => ({ value, label: `TLP:${value.toUpperCase()}` }))}
          value={incident.tlp}
          onChange={(tlp) => tlp && apply({ tlp })}
        />
        <TagsInput
          aria-label={t("incidents.tags")}
          placeholder={incident.tags.length === 0 ? t("incidents.tags.add") : ""}
          size="xs"
          miw={150}
          disabled={!mayWrite}
          maxTags={50}
          splitChars={[",", " "]}
          value={incident.tags}
          onChange={(tags) => apply({ tags })}
        />
        <span className={styles.mono}>{incident.id}</span>
      </div>
    </div>
  );
}

function OwnerField({ incident, disabled, onChange }: { incident: Incident; disabled: boolean; onChange: (owner: string | null) => void }) {
  const names = useUserNames();
  const known = incident.owner !== null && !names.includes(incident.owner) ? [incident.owner, ...names] : names;
  return <Select aria-label={t("incidents.owner")} placeholder={t("incidents.owner.none")} w={150} clearable searchable disabled={disabled} data={known} value={incident.owner} onChange={onChange} />;
}

function Title({ incident }: { incident: Incident }) {
  const mayWrite = useCan("incidents.write");
  const [draft, setDraft] = useState<string>();
  const edit = useEditIncident(incident);
  if (draft === undefined) {
    return (
      <div className={styles.titleBox}>
        <h1 className={styles.title}>{incident.title}</h1>
        {mayWrite && (
          <ActionIcon size="sm" aria-label={t("incidents.title.edit")} onClick={() => setDraft(incident.title)}>
            <IconPencil size={14} />
          </ActionIcon>
        )}
      </div>
    );
  }
  return (
    <form
      className={styles.titleBox}
      onSubmit={(event) => {
        event.preventDefault();
        edit.mutate({ title: draft.trim() }, { onSuccess: () => setDraft(undefined) });
      }}
    >
      <TextInput
        aria-label={t("incidents.column.title")}
        description={t("incidents.title.hint")}
        inputWrapperOrder={["input", "description"]}
        maxLength={300}
        autoFocus
        style={{ flex: 1 }}
        value={draft}
        onChange={(event) => setDraft(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") setDraft(undefined);
        }}
      />
      <Button type="submit" loading={edit.isPending}>
        {t("common.action.save")}
      </Button>
    </form>
  );
}
