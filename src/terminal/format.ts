import { toIso, type UnixSeconds } from '../platform/clock.ts';

/** `812 B`, `48.2 kB`, `1.5 GB`: powers of a thousand. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${Math.round(bytes)} B`;
  const units = ['kB', 'MB', 'GB', 'TB', 'PB'];
  let value = bytes / 1000;
  let unit = 0;
  // 999.95 would be rounded up to 1000.0.
  while (value >= 999.95 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value.toFixed(1)} ${units[unit]}`;
}

/** `0.4 s`, `42 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`: no more than two units. */
export function formatDuration(seconds: number): string {
  if (seconds > 0 && seconds < 9.95) return `${Number(seconds.toFixed(1))} s`;
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return twoUnits(whole, 60, 'min', 's');
  if (whole < 86_400) return twoUnits(Math.floor(whole / 60), 60, 'h', 'min');
  return twoUnits(Math.floor(whole / 3600), 24, 'd', 'h');
}

function twoUnits(amount: number, size: number, large: string, small: string): string {
  const rest = amount % size;
  return `${Math.floor(amount / size)} ${large}${rest === 0 ? '' : ` ${rest} ${small}`}`;
}

/** `2026-11-22 19:30:01Z`. */
export function formatInstant(time: UnixSeconds): string {
  return toIso(time).replace('T', ' ');
}

/** `just now`, `5 min ago`, `in 2 h`: one unit is enough to know how old something is. */
export function formatAge(time: UnixSeconds, now: UnixSeconds): string {
  const distance = Math.abs(now - time);
  if (distance < 60) return 'just now';
  const [amount = '', unit = ''] = formatDuration(distance).split(' ');
  return now >= time ? `${amount} ${unit} ago` : `in ${amount} ${unit}`;
}

/** `1 session`, `1,204 sessions`; `plural` where an `s` does not do. */
export function formatCount(amount: number, noun: string, plural = `${noun}s`): string {
  return `${formatNumber(amount)} ${amount === 1 ? noun : plural}`;
}

/** `1,204`. */
function formatNumber(amount: number): string {
  return amount.toLocaleString('en-US', { maximumFractionDigits: 20 });
}
