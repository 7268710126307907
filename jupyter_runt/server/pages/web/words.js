// What people read: reasons, times and sizes in words.

const REASONS = {
  cell_error: "an exception",
  cell_timeout: "it ran longer than its timeout",
  run_timeout: "the run took longer than its timeout",
  kernel_died: "the kernel died",
  kernel_start_failed: "the kernel did not start",
  input_unavailable: "input() had nobody to answer it",
  interrupted: "it was interrupted",
  cancelled_by_user: "on request",
  abandoned: "the process that executed it is gone",
  parameter_error: "a parameter’s value could not be had where the run is driven",
  notebook_error: "its notebook could not be run",
  unknown_outcome: "contact with the kernel was lost while it ran: whether it did its work is unknown",
  store_damaged: "what became of it was lost when the store was damaged",
  health_critical: "what it watches is in a critical state",
  health_warning: "what it watches is not in order",
  health_no_data: "it found out nothing about what it watches",
  skip_execution: "tagged skip-execution",
  early_exit: "the notebook left early, by sys.exit(0)",
  error_allowed: "an exception, which it may raise",
  quota: "the quota was used up",
  disk_full: "the disk was full",
};

export function reasonWords(reason) {
  return REASONS[reason] ?? String(reason ?? "").replaceAll("_", " ");
}

// The reason with what the run says of it, as `jupyter runt` prints it.
export function whyWords(reason, message) {
  const told = reasonWords(reason);
  if (!message) return told;
  return !told || message.startsWith(told) ? message : `${told}: ${message}`;
}

// Under a second in thousandths, then ever coarser; `ticking` ones in whole seconds.
export function durationWords(seconds, ticking = false) {
  if (seconds < 0 || !Number.isFinite(seconds)) return "0 s";
  if (seconds < 60) {
    if (ticking) return `${Math.floor(seconds)} s`;
    return seconds < 1 ? `${Math.round(seconds * 1000)} ms` : `${seconds.toFixed(1)} s`;
  }
  const whole = Math.floor(seconds);
  const [days, hours, minutes] = [Math.floor(whole / 86400), Math.floor(whole / 3600) % 24, Math.floor(whole / 60) % 60];
  if (days) return `${days} d ${hours} h`;
  return hours ? `${hours} h ${minutes} min` : `${minutes} min ${whole % 60} s`;
}

export function sizeWords(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  const unit = bytes < 1e6 ? ["kB", 1e3] : bytes < 1e9 ? ["MB", 1e6] : ["GB", 1e9];
  return `${(bytes / unit[1]).toFixed(bytes / unit[1] < 10 ? 1 : 0)} ${unit[0]}`;
}

export function timeWords(iso) {
  return new Date(iso).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
}

// For columns: the year is in the full one.
export function shortTimeWords(iso) {
  return new Date(iso).toLocaleString(undefined, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });
}

export function countWords(count, one, many = `${one}s`) {
  return `${count} ${count === 1 ? one : many}`;
}
