// SPDX-License-Identifier: Apache-2.0
// The packet logger's loss budget: where the record of every packet went, and how its rings stand.
import type { Collector } from '../collector.ts';
import { LOGGER_METRICS, loggerFamilies } from './families.ts';
import { type LoggerPart, readLogger } from './read.ts';

export const logger = {
  name: 'logger',
  metrics: LOGGER_METRICS,
  read: readLogger,
  families: loggerFamilies,
} as const satisfies Collector<'logger', LoggerPart>;
