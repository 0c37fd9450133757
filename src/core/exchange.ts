// Two files swap names in one instant: renameat2(2) with RENAME_EXCHANGE.
//
// A rename that replaces a file cannot tell what it replaced; an exchange hands the replaced file back, so a write
// that slipped in between the last look and the rename is found and not lost. Node has no call for it, so a program
// of the system makes it: perl, which comes with git. Where it cannot, nothing is done and false comes back.

import { lstatSync } from 'node:fs'

/** Numbers of renameat2 by architecture (Linux: asm/unistd.h). */
const renameat2: Readonly<Record<string, number>> = { x64: 316, arm64: 276 }
/**
 * AT_FDCWD is -100; the flag RENAME_EXCHANGE is 2. Starting perl takes milliseconds in which another may replace the
 * second file, so it looks once more, and only then swaps.
 */
const perlCall = (number: number): string =>
  `my @s = lstat $ARGV[1]; exit 3 if "@s[0,1,7,9]" ne $ARGV[2];
   exit(syscall(${number}, -100, $ARGV[0], -100, $ARGV[1], 2) == 0 ? 0 : 1)`

const timeoutMs = 5_000
let isPossible = process.platform === 'linux'

/** Swaps two existing files of one folder tree; false when this machine or file system cannot. */
export function exchangeFiles(one: string, other: string): boolean {
  const number = renameat2[process.arch]
  if (!isPossible || number === undefined) return false
  const before = identityOf(other)
  if (before === undefined) return false
  const { spawnSync } = process.getBuiltinModule('node:child_process')
  const { status, error } = spawnSync('perl', ['-e', perlCall(number), one, other, before], {
    stdio: 'ignore',
    timeout: timeoutMs,
  })
  if (error && 'code' in error && error.code === 'ENOENT') isPossible = false // no perl here: do not try again
  return status === 0 || (status === null && identityOf(one) === before) // ended by a signal, perhaps after the swap
}

/** Device, inode, size and time of change of the content, as perl's `lstat` tells them: whole seconds. */
function identityOf(path: string): string | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false })
  return found && `${found.dev} ${found.ino} ${found.size} ${Math.floor(found.mtimeMs / 1000)}`
}
