// Times and numbers as people read them.

const pad = (value, width = 2) => String(value).padStart(width, "0");

/** Tells times of a recording: of the clock where it is known when it began, else since its first sample. */
export class Clock {
  constructor(start) {
    this.start = start ? Date.parse(`${start}Z`) / 1000 : null;
  }

  /** Return a time into the recording, with the number of the day past midnight. */
  at(seconds, decimals = 0) {
    const day = this.day(seconds);
    return (day > 1 ? `day ${day} ` : "") + this.ofDay(seconds, decimals);
  }

  ofDay(seconds, decimals = 0) {
    const scale = 10 ** decimals;
    const total = Math.round(((this.start ?? 0) + seconds) * scale) / scale;
    const whole = Math.floor(total);
    const fraction = decimals ? `.${pad(Math.round((total - whole) * scale), decimals)}` : "";
    const hours = Math.floor(whole / 3600);
    return `${this.start === null ? hours : pad(hours % 24)}:${pad(Math.floor(whole / 60) % 60)}:${pad(whole % 60)}${fraction}`;
  }

  day(seconds) {
    if (this.start === null) return 1;
    return Math.floor((this.start + seconds) / 86400) - Math.floor(this.start / 86400) + 1;
  }

  /** Return the seconds into the recording of what a person typed; null where it is no time. */
  parse(text) {
    const match = /^\s*(?:day\s*(\d+)\s+)?(\d{1,3}):(\d{2})(?::(\d{2}(?:\.\d+)?))?\s*$/i.exec(text);
    if (!match) return null;
    const [, day, hours, minutes, rest] = match;
    const told = Number(hours) * 3600 + Number(minutes) * 60 + Number(rest ?? 0);
    if (this.start === null) return told;
    const midnight = Math.floor(this.start / 86400) * 86400;
    const moment = midnight + (Number(day ?? 1) - 1) * 86400 + told - this.start;
    return moment < 0 && !day ? moment + 86400 : moment;
  }
}

export const thousands = (value) => (value === null || value === undefined ? "–" : Math.round(value).toLocaleString("en"));

export function percent(share) {
  if (share === null || share === undefined || Number.isNaN(share)) return "–";
  if (share > 0 && share < 0.001) return "< 0.1 %";
  return `${Number((100 * share).toFixed(1))} %`;
}

export function duration(seconds) {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}
