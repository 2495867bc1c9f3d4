export function Logo({ size = 22 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <path d="M6 8l10 17L26 8" fill="none" stroke="var(--v-accent)" strokeWidth="3.6" strokeLinecap="round" strokeLinejoin="round" />
      <circle cx="16" cy="9.5" r="3.2" fill="var(--v-warn)" />
    </svg>
  );
}
