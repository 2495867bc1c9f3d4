const whole = new Intl.NumberFormat("en");
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const short = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

export const formatCount = (n: number): string => whole.format(n);

/** `1.2K`, `3.4M`. */
export const formatCompact = (n: number): string => (Math.abs(n) < 10_000 ? whole.format(n) : compact.format(n));

const byteUnits = ["B", "KB", "MB", "GB", "TB", "PB"];

export function formatBytes(bytes: number): string {
  let size = bytes;
  let unit = 0;
  while (size >= 1000 && unit < byteUnits.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${short.format(size)} ${byteUnits[unit] ?? "B"}`;
}

export const formatPercent = (share: number): string => `${short.format(share * 100)}%`;
