// Types of Node that older versions of @types/node do not export by name.

import { WorkerOptions } from 'node:worker_threads'

export type NodeTransferable = NonNullable<WorkerOptions['transferList']>[number]
