import { spawnSync } from 'node:child_process'
import { tempFolder } from '../src/temp-folder.ts'

/** A disk of its own, so small that it can be filled: a file system in memory, which takes root and a kernel that allows it. */
export class SmallDisk {
  readonly dir: string

  private constructor(dir: string) {
    this.dir = dir
  }

  /** Undefined where none can be made. */
  static make(mebibytes: number): SmallDisk | undefined {
    const dir = tempFolder()
    const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', dir], {
      stdio: 'ignore',
    })
    if (status !== 0) return undefined
    const disk = new SmallDisk(dir)
    // Before the temporary folder is removed.
    process.prependListener('exit', () => disk.#unmount())
    return disk
  }

  setWritable(isWritable: boolean): void {
    const options = `remount,${isWritable ? 'rw' : 'ro'}`
    const { status, stderr } = spawnSync('mount', ['-o', options, this.dir], { encoding: 'utf8' })
    if (status !== 0) throw new Error(`mount -o ${options}: ${stderr}`)
  }

  #unmount(): void {
    spawnSync('umount', ['-l', this.dir], { stdio: 'ignore' })
  }
}
