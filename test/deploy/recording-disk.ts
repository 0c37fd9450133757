// A real disk under watch: every operation that changes something is told before it happens and after it has.
//
// What a test does with that is its own business: note it down, throw, or kill the process. Looking and reading are
// not told, for nothing can be lost by them. `watchedRecord` tells the writes of a target's record in the same way,
// one operation for each transaction.

import { realDisk, type Disk } from '../../src/core/index.ts'
import type { TargetRecord } from '../../src/deploy/record.ts'

/** One change of the disk. A barrier names the files and folders that are durable once it has returned. */
export type Operation =
  | {
      readonly kind: 'create' | 'overwrite'
      readonly path: string
      readonly content: Uint8Array
      readonly mode: number
    }
  | { readonly kind: 'createFolder' | 'setMode'; readonly path: string; readonly mode: number }
  | { readonly kind: 'remove' | 'removeFolder'; readonly path: string }
  | { readonly kind: 'rename' | 'exchange'; readonly path: string; readonly to: string }
  | { readonly kind: 'barrier'; readonly files: readonly string[]; readonly folders: readonly string[] }
  | { readonly kind: 'commit' }

export interface Watch {
  before?(operation: Operation): void
  after?(operation: Operation): void
}

export function watchedDisk(watch: Watch, disk: Disk = realDisk): Disk {
  const watched = <T>(operation: Operation, perform: () => T): T => {
    watch.before?.(operation)
    const result = perform()
    if (result !== false) watch.after?.(operation)
    return result
  }
  return {
    ...disk,
    create: (path, content, mode) =>
      watched({ kind: 'create', path, content, mode }, () => disk.create(path, content, mode)),
    overwrite: (path, content) =>
      watched({ kind: 'overwrite', path, content, mode: 0 }, () => disk.overwrite(path, content)),
    createFolder: (path, mode) => watched({ kind: 'createFolder', path, mode }, () => disk.createFolder(path, mode)),
    setMode: (path, mode) => watched({ kind: 'setMode', path, mode }, () => disk.setMode(path, mode)),
    rename: (path, to) => watched({ kind: 'rename', path, to }, () => disk.rename(path, to)),
    exchange: (path, to, seen) => watched({ kind: 'exchange', path, to }, () => disk.exchange(path, to, seen)),
    remove: (path) => watched({ kind: 'remove', path }, () => disk.remove(path)),
    removeFolder: (path) => watched({ kind: 'removeFolder', path }, () => disk.removeFolder(path)),
    async barrier(files, folders = []) {
      const operation: Operation = { kind: 'barrier', files, folders }
      watch.before?.(operation)
      await disk.barrier(files, folders)
      watch.after?.(operation)
    },
  }
}

const commit: Operation = { kind: 'commit' }

export function watchedRecord(record: TargetRecord, watch: Watch): TargetRecord {
  let isInside = false
  const watched = <T>(perform: () => T): T => {
    if (isInside) return perform()
    watch.before?.(commit)
    isInside = true
    let result: T
    try {
      result = perform()
    } finally {
      isInside = false
    }
    watch.after?.(commit)
    return result
  }
  return {
    ...record,
    transaction: (action) => watched(() => record.transaction(action)),
    keepContent: (digest, bytes) => watched(() => record.keepContent(digest, bytes)),
    amendStep: (generation, step) => watched(() => record.amendStep(generation, step)),
    setApplied: (entry, after) => watched(() => record.setApplied(entry, after)),
    dropChange: (generation, entry) => watched(() => record.dropChange(generation, entry)),
    setGeneration: (...args) => watched(() => record.setGeneration(...args)),
    forgetFolder: (root, path) => watched(() => record.forgetFolder(root, path)),
    see: (files) => watched(() => record.see(files)),
  }
}
