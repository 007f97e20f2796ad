import { readFileSync } from 'node:fs'

/** Resident memory of a process; undefined where the system doesn't tell, or the process is gone. */
export function residentMiB(pid: number | undefined): number | undefined {
  try {
    const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return kib === undefined ? undefined : Math.round(Number(kib) / 1024)
  } catch {
    return undefined
  }
}
