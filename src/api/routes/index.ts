import { accountRoutes } from './accounts.ts'
import { assetRoutes } from './assets.ts'
import { documentRoutes } from './document.ts'
import { economyRoutes } from './economy.ts'
import { epochRoutes } from './epochs.ts'
import { eventRoutes } from './events.ts'
import { explainRoutes } from './explain.ts'
import { exportRoutes } from './export.ts'
import { healthRoutes } from './health.ts'
import { lightRoutes } from './light.ts'
import { operatingRoutes } from './operating.ts'
import { operatorRoutes } from './operator.ts'
import { recordRoutes } from './records.ts'
import { searchRoutes } from './search.ts'
import { statusRoutes } from './status.ts'
import { submitRoutes } from './submit.ts'
import { validatorRoutes } from './validators.ts'

/** Every route there is. */
export const routes = [
  ...statusRoutes,
  ...accountRoutes,
  ...recordRoutes,
  ...epochRoutes,
  ...economyRoutes,
  ...assetRoutes,
  ...validatorRoutes,
  ...explainRoutes,
  ...searchRoutes,
  ...exportRoutes,
  ...eventRoutes,
  ...lightRoutes,
  ...submitRoutes,
  ...operatorRoutes,
  ...healthRoutes,
  ...operatingRoutes,
  ...documentRoutes,
] as const

export type Routes = typeof routes
