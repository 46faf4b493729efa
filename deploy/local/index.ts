/** The embedded stack: Kafka, schema registry, Postgres and ClickHouse on this machine, without containers. */
export { StackError, type StackErrorCode } from './errors.ts';
export { createReporter, silentReporter, type Reporter } from './progress.ts';
export { startStack, type Stack, type StackOptions, type StackPart } from './stack.ts';
export { type ChosenPorts, type StackEnvironment } from './stack-files.ts';
export { dropThrowAwayFolder, makeThrowAwayFolder } from './throw-away.ts';
