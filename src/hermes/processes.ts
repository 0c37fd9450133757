// Processes of this machine as /proc shows them. Reading only; what may not be read is absent.

import { readFileSync, readlinkSync } from 'node:fs'

/** A process that no other can be taken for. */
export interface ProcessIdentity {
  readonly pid: number
  /** Field 22 of /proc/PID/stat: clock ticks since boot. */
  readonly startTicks: number
}

/** Whether exactly this process lives. */
export function isAlive(identity: ProcessIdentity): boolean {
  return startTicksOf(identity.pid) === identity.startTicks
}

/** Field 22 of /proc/PID/stat; undefined when there is no such process, or only its remains. */
export function startTicksOf(pid: number): number | undefined {
  const stat = read(`/proc/${pid}/stat`)
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ') // from field 3: the name may hold anything
  return stat === '' || fields[0] === 'Z' ? undefined : Number(fields[19])
}

/** Ticks of `/proc` in a second: fixed for programs on Linux, whatever the kernel counts with. */
const ticksPerSecond = 100

/** When a process began, to the second; undefined where the machine does not tell. */
export function startedAt({ startTicks }: ProcessIdentity): Date | undefined {
  const bootSeconds = /^btime (\d+)$/m.exec(read('/proc/stat'))?.[1]
  if (bootSeconds === undefined) return undefined
  return new Date((Number(bootSeconds) + startTicks / ticksPerSecond) * 1000)
}

/** The environment a process was started with; empty when it may not be read. */
export function environmentOf(pid: number): Record<string, string> {
  const pairs = read(`/proc/${pid}/environ`).split('\0')
  return Object.fromEntries(
    pairs.flatMap((pair) => {
      const equals = pair.indexOf('=')
      return equals > 0 ? [[pair.slice(0, equals), pair.slice(equals + 1)]] : []
    }),
  )
}

/** The folder a process works in. */
export function folderOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return undefined
  }
}

/** The path of a process in the unified control group tree, such as `/system.slice/x.service`. */
export function controlGroupOf(pid: number): string | undefined {
  return /^0::(.*)$/m.exec(read(`/proc/${pid}/cgroup`))?.[1]
}

/** The engine's name for one run of this machine or container: the kernel's boot id and the start of process 1. */
export function machineEpoch(): string {
  const bootId = read('/proc/sys/kernel/random/boot_id').trim()
  const startTicks = startTicksOf(1)?.toString() ?? ''
  return bootId === '' && startTicks === '' ? '' : `${bootId}:${startTicks}`
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
