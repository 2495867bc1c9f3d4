import type { AlertItem } from "../api/types";
import type { Dialog } from "../lib/use-triage";
import { IncidentDialog } from "./incident-dialog";
import { SuppressDialog } from "./suppress-dialog";
import { VerdictDialog, type VerdictChange } from "./verdict-dialog";

interface Props {
  dialog: Dialog | undefined;
  onJudge: (alerts: readonly AlertItem[], change: VerdictChange) => void;
  onClose: () => void;
}

export function Dialogs({ dialog, onJudge, onClose }: Props) {
  if (!dialog) return null;
  if (dialog.kind === "suppress") return <SuppressDialog alert={dialog.alert} onClose={onClose} />;
  if (dialog.kind === "incident") return <IncidentDialog alerts={dialog.alerts} onClose={onClose} />;
  return <VerdictDialog count={dialog.alerts.length} onDecide={(change) => onJudge(dialog.alerts, change)} onClose={onClose} />;
}
