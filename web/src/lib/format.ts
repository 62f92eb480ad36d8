/** How numbers, times and ages are written. One place, so that the same value never reads differently on two pages. */

export const NO_VALUE = '–';

/** Digits after the point that a resolution justifies: 0.01 gives 2, 5 gives 0. */
export function decimalsOf(resolution: number): number {
  if (!(resolution > 0)) return 2;
  return Math.min(6, Math.max(0, Math.ceil(-Math.log10(resolution) - 1e-9)));
}

export function formatValue(value: number | null | undefined, resolution: number): string {
  if (value == null || !Number.isFinite(value)) return NO_VALUE;
  const text = value.toFixed(decimalsOf(resolution));
  // A measured −0.0 is 0.0 to everybody who reads it.
  return (Number(text) === 0 ? text.replace('-', '') : text).replace('-', '−');
}

/** Beyond these a number without a resolution is written with a power of ten. */
const [LARGE, SMALL] = [1e5, 1e-3];
const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';
const superscript = (exponent: number) => `${exponent < 0 ? '⁻' : ''}${String(Math.abs(exponent)).replace(/\d/g, (digit) => SUPERSCRIPTS[Number(digit)] ?? digit)}`;

/** "1.23 × 10⁶": a mantissa of so many digits, and none where it is one and `alone`. */
function withPower(value: number, digits: number, alone: boolean): string {
  const [mantissa = '', exponent = '0'] = value.toExponential(digits).split('e');
  const power = `10${superscript(Number(exponent))}`;
  return alone && Number(mantissa) === 1 ? power : `${mantissa.replace('-', '−')} × ${power}`;
}

/** Four significant digits for numbers without a resolution, such as a statistic of a chart. */
export function formatStatistic(value: number | null | undefined): string {
  if (value == null || !Number.isFinite(value)) return NO_VALUE;
  if (value !== 0 && (Math.abs(value) >= LARGE || Math.abs(value) < SMALL)) return withPower(value, 2, false);
  return Number(value.toPrecision(4)).toString().replace('-', '−');
}

/** A number beside an axis, where there is room for about six characters: "0.05", "2000", "10⁶", "2×10⁶". */
export function formatAxis(value: number): string {
  if (value !== 0 && (Math.abs(value) >= LARGE || Math.abs(value) < SMALL)) return withPower(value, Number.isInteger(Number(value.toExponential().split('e')[0])) ? 0 : 1, true).replaceAll(' ', '');
  return Number(value.toPrecision(4)).toString().replace('-', '−');
}

export function formatPercent(share: number, digits = 0): string {
  return `${(share * 100).toFixed(digits)} %`;
}

export function formatSpeed(speed: number): string {
  const digits = speed >= 100 || Number.isInteger(speed) ? 0 : 1;
  return `${speed.toFixed(digits)}×`;
}

/** "0.4 s", "12 s", "4 min", "2 h 05 min", "3 d 4 h". */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 1) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${String(minutes % 60).padStart(2, '0')} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

const two = (n: number) => String(n).padStart(2, '0');

export function formatDate(at: string | number | Date): string {
  const d = new Date(at);
  return Number.isNaN(d.getTime()) ? NO_VALUE : `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`;
}

export function formatClock(at: string | number | Date): string {
  const d = new Date(at);
  return Number.isNaN(d.getTime()) ? NO_VALUE : `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;
}

export function formatTime(at: string | number | Date | null | undefined): string {
  if (at == null) return NO_VALUE;
  const date = formatDate(at);
  return date === NO_VALUE ? NO_VALUE : `${date} ${formatClock(at)}`;
}

/** A moment beside an axis: the clock as a control room reads it, the date at midnight, seconds where they say something. */
export function formatMoment(at: Date): string {
  const hm = `${two(at.getHours())}:${two(at.getMinutes())}`;
  if (at.getSeconds() !== 0) return `${hm}:${two(at.getSeconds())}`;
  return at.getHours() === 0 && at.getMinutes() === 0 ? `${two(at.getMonth() + 1)}-${two(at.getDate())}` : hm;
}

/** The clock alone for a moment of today, else with its date. */
export function formatRecent(at: string | number | Date | null | undefined, now: number): string {
  if (at == null) return NO_VALUE;
  return formatDate(at) === formatDate(now) ? formatClock(at) : formatTime(at);
}

/** A text of the server as it is set for people: a minus before a number is a minus, not a hyphen. */
export function withMinus(text: string): string {
  return text.replace(/(^|[\s(:±])-(?=\d)/g, '$1−');
}

/** "09:12" of universal time as the clock here showed it on that day; what is no such time stays as it is. */
export function localClock(text: string, day: string | number | Date): string {
  const [, hour, minute, second] = /^(\d{1,2}):(\d{2})(:\d{2})?$/.exec(text) ?? [];
  if (hour === undefined || minute === undefined) return text;
  const at = new Date(day);
  at.setUTCHours(Number(hour), Number(minute));
  return `${two(at.getHours())}:${two(at.getMinutes())}${second ?? ''}`;
}

/** "XMEAS 7" for people, where the key is "XMEAS_7". */
export function formatTag(key: string): string {
  return key.replaceAll('_', ' ');
}

