// Two files swap names in one instant: renameat2(2) with RENAME_EXCHANGE.
//
// A rename that replaces a file cannot tell what it replaced; an exchange hands the replaced file back, so a write
// that slipped in between the last look and the rename is found and not lost. Node has no call for it, so a program
// of the system makes it: perl, which comes with git. Where it cannot, nothing is done and false comes back.

import { lstatSync } from 'node:fs'
import type { FileStat } from './disk.ts'

/** Numbers of renameat2 and statx by architecture (Linux: asm/unistd.h). */
const systemCalls: Readonly<Record<string, readonly [renameat2: number, statx: number]>> = {
  x64: [316, 332],
  arm64: [276, 291],
}

/**
 * -100 is AT_FDCWD, 2 RENAME_EXCHANGE, 256 AT_SYMLINK_NOFOLLOW. Starting perl takes milliseconds in which another may
 * replace the second file: it looks once more right before the swap, and at what came out right after. Another's file
 * goes back at once, unless a still newer one is met on the way. Perl's own `lstat` tells whole seconds only, and file
 * systems give the number of a file just replaced to the next one.
 */
const perlCall = ([renameat2, statx]: readonly [number, number]): string => `
  my ($one, $other, $expected) = @ARGV;
  sub id {
    my $b = "\\0" x 256;
    syscall(${statx}, -100, $_[0], 256, 0x7ff, $b) == 0 ? join(' ', unpack('x32 Q Q x64 q L', $b)) : '';
  }
  sub swap { syscall(${renameat2}, -100, $one, -100, $other, 2) == 0 }
  exit 3 if id($other) ne $expected;
  my $inPlace = id($one);
  exit 1 unless swap();
  exit 0 if id($one) eq $expected;
  for (1 .. 8) {
    my $inHand = id($one);
    last unless swap();
    last if id($one) eq $inPlace;
    $inPlace = $inHand;
  }
  exit 3`

const timeoutMs = 5_000
let isPossible = process.platform === 'linux'

/** Swaps two existing files of one folder tree; false when the other is not the one seen, or this machine cannot. */
export function exchangeFiles(one: string, other: string, seen: Seen): boolean {
  const calls = systemCalls[process.arch]
  if (!isPossible || calls === undefined) return false
  const expected = identityOf(seen)
  const { spawnSync } = process.getBuiltinModule('node:child_process')
  const { status, error } = spawnSync('perl', ['-e', perlCall(calls), one, other, expected], {
    stdio: 'ignore',
    timeout: timeoutMs,
  })
  if (error && 'code' in error && error.code === 'ENOENT') isPossible = false // no perl here: do not try again
  return status === 0 || (status === null && isNow(one, expected)) // ended by a signal, perhaps after the swap
}

/** What tells the file meant from another under its name. */
type Seen = Pick<FileStat, 'inode' | 'size' | 'mtimeNs'>

const nsPerSecond = 1_000_000_000n

const identityOf = ({ inode, size, mtimeNs }: Seen): string =>
  `${inode} ${size} ${mtimeNs / nsPerSecond} ${mtimeNs % nsPerSecond}`

function isNow(path: string, identity: string): boolean {
  const found = lstatSync(path, { bigint: true, throwIfNoEntry: false })
  return (
    found !== undefined &&
    identityOf({ inode: found.ino, size: Number(found.size), mtimeNs: found.mtimeNs }) === identity
  )
}
