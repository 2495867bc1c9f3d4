export { useNow } from "./clock";
export { formatAgo, formatSpan, formatTime, type Precision } from "./format";
export {
  defaultRange,
  describeRange,
  readRangeSearch,
  resolveRange,
  shiftRange,
  useTimeRange,
  widenRange,
  type RangeSearch,
  type RangeState,
  type TimeRange,
} from "./range";
export { isRelative, parseInterval, parsePoint, resolvePoint, spellInterval } from "./time-point";
export { browserZone, instantOf, offsetMinutes, offsetName, useZone, wallTime, zoneNames, zoneOf } from "./zone";
