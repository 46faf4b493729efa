import { join } from 'node:path';

/** What every part of the stack is told. */
export interface PartContext {
  dataDir: string;
  restart: boolean;
  onNote: (text: string) => void;
  childFiles(name: string): {
    logFile: string;
    pidFile: string;
    restart: boolean;
    onNote: (text: string) => void;
  };
}

export function createPartContext(
  dataDir: string,
  restart: boolean,
  onNote: (text: string) => void,
): PartContext {
  return {
    dataDir,
    restart,
    onNote,
    childFiles: (name) => ({
      logFile: join(dataDir, 'logs', `${name}.log`),
      pidFile: join(dataDir, 'run', `${name}.json`),
      restart,
      onNote,
    }),
  };
}
