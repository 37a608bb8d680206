import { readEnv } from '../../../config/env.ts'
import { answers, socketPath } from '../../../mixins/transporter/socket-path.ts'

// Asked by deploy.sh: whether one process without servers works on this data directory.
process.exitCode = (await answers(socketPath(readEnv().dataDir))) ? 0 : 1
