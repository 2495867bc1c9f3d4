/** A tick of a time axis: the largest unit that changes at it. `offset` is what the zone is ahead of UTC, in ms. */
export function tickLabel(time: number, offset: number): string {
  const date = new Date(time + offset);
  const two = (n: number) => String(n).padStart(2, "0");
  if (date.getUTCMilliseconds() !== 0) return `.${String(date.getUTCMilliseconds()).padStart(3, "0")}`;
  if (date.getUTCSeconds() !== 0) return `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
  if (date.getUTCHours() !== 0 || date.getUTCMinutes() !== 0) return `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`;
  const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const month = months[date.getUTCMonth()] ?? "";
  if (date.getUTCDate() !== 1) return `${date.getUTCDate()} ${month}`;
  return date.getUTCMonth() === 0 ? String(date.getUTCFullYear()) : month;
}
