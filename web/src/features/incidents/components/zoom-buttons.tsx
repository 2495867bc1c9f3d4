import { Button, Group } from "@mantine/core";
import { t } from "@/lib/messages";

export function ZoomButtons({ onZoom, onReset }: { onZoom: (factor: number) => void; onReset: () => void }) {
  return (
    <Group gap={4}>
      <Button variant="default" size="compact-xs" aria-label={t("incidents.zoom.in")} onClick={() => onZoom(0.5)}>
        +
      </Button>
      <Button variant="default" size="compact-xs" aria-label={t("incidents.zoom.out")} onClick={() => onZoom(2)}>
        –
      </Button>
      <Button variant="default" size="compact-xs" onClick={onReset}>
        {t("incidents.zoom.fit")}
      </Button>
    </Group>
  );
}
