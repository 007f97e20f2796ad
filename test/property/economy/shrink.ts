import type { Act, Economy } from './economy.ts'

/** Leaves out acts, many at once and then fewer, as long as the economy still fails; what pointed to them points nowhere. */
export function shrink(economy: Economy, fails: (smaller: Economy) => boolean): Economy {
  let acts: readonly Act[] = economy.acts
  for (let size = Math.ceil(acts.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < acts.length; ) {
      const fewer = acts.toSpliced(at, size)
      if (fails({ ...economy, acts: fewer })) acts = fewer
      else at += size
    }
  }
  return { ...economy, acts }
}
