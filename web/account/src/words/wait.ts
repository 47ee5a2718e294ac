// wait says a time in whole minutes if it is long, and in seconds otherwise.
export const wait = (seconds = 1): { count: number; minutes: boolean } =>
  seconds > 90 ? { count: Math.ceil(seconds / 60), minutes: true } : { count: Math.max(1, Math.ceil(seconds)), minutes: false };
