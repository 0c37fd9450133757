// The folders we read and write: the Hermes home, the workspace, our own records, the sidecar.

import { accessSync, constants } from 'node:fs'
import { findSidecar } from '../config/index.ts'
import { shellWord, TimmyError, type Disk, type FileStat } from '../core/index.ts'
import { ok, type Check, type Finding } from './check.ts'

export const homeCheck: Check = {
  name: 'home',
  look({ context, places }) {
    const home = places.homeRoot
    const found = context.disk.stat(home)
    if (found === undefined) {
      const sentence = `there is no Hermes home at ${home}`
      return { verdict: 'info', sentence, mend: 'hermes setup' }
    }
    return folderFault(home, found) ?? openToOthers(home, found) ?? ok(`${home} is ours to write`)
  },
}

export const workspaceCheck: Check = {
  name: 'workspace',
  look({ context, places }) {
    const found = context.disk.stat(places.workspace)
    if (found === undefined)
      return { verdict: 'info', sentence: `${places.workspace} is not there yet; deploy makes it` }
    return folderFault(places.workspace, found) ?? ok(`${places.workspace} is ours to write`)
  },
}

export const stateCheck: Check = {
  name: 'state',
  look({ context, places }) {
    const found = context.disk.stat(places.state)
    if (found === undefined) {
      const parent = nearestFolder(context.disk, places.state)
      return (
        (isWritable(parent) ? undefined : unwritable(parent)) ?? {
          verdict: 'info',
          sentence: `${places.state} is not there yet; the first deploy makes it`,
        }
      )
    }
    return folderFault(places.state, found) ?? openToOthers(places.state, found) ?? ok(`${places.state} is private`)
  },
}

export const sidecarCheck: Check = {
  name: 'sidecar',
  look({ context }) {
    try {
      return ok(`the sidecar is ${findSidecar(context)}`)
    } catch (cause) {
      if (!(cause instanceof TimmyError)) throw cause
      return { verdict: 'info', sentence: cause.message, mend: cause.hint }
    }
  },
}

/** What makes a folder useless to us. */
function folderFault(folder: string, found: FileStat): Finding | undefined {
  if (found.kind === 'link') {
    const sentence = `${folder} is a link; the engine's own start path breaks on that`
    return { verdict: 'error', sentence, mend: `readlink -f ${shellWord(folder)}, and set it to what that prints` }
  }
  if (found.kind !== 'folder') {
    return {
      verdict: 'error',
      sentence: `${folder} is no folder`,
      mend: `mv ${shellWord(folder)} ${shellWord(`${folder}.aside`)}`,
    }
  }
  const uid = process.getuid?.()
  if (uid !== undefined && found.uid !== uid) {
    const sentence = `${folder} belongs to user ${found.uid}, and we are user ${uid}`
    return { verdict: 'error', sentence, mend: `sudo -u '#${found.uid}' timmy doctor` }
  }
  if ((found.mode & 0o022) !== 0) {
    const sentence = `others may write into ${folder} (mode ${found.mode.toString(8)})`
    return { verdict: 'error', sentence, mend: `chmod go-w ${shellWord(folder)}` }
  }
  return isWritable(folder) ? undefined : unwritable(folder)
}

function openToOthers(folder: string, found: FileStat): Finding | undefined {
  if ((found.mode & 0o055) === 0) return undefined
  const sentence = `others may look into ${folder} (mode ${found.mode.toString(8)})`
  return { verdict: 'warning', sentence, mend: `chmod 700 ${shellWord(folder)}` }
}

function unwritable(folder: string): Finding {
  return { verdict: 'error', sentence: `we may not write into ${folder}`, mend: `chmod u+rwx ${shellWord(folder)}` }
}

/** Asks the kernel: it alone knows of read-only mounts and access lists. */
function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK)
    return true
  } catch {
    return false
  }
}

function nearestFolder(disk: Disk, path: string): string {
  let folder = path
  while (folder !== '/' && disk.stat(folder) === undefined) folder = folder.slice(0, folder.lastIndexOf('/')) || '/'
  return folder
}
