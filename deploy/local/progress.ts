/** What the stack tells the person who started it. Implementations write; nothing else in this folder does. */
export interface Reporter {
  /** One line worth keeping. */
  note(text: string): void;
  /** How far a long step is; called often, shown as seldom as the output can bear. */
  progress(step: string, done: number, total: number): void;
}

export const silentReporter: Reporter = { note: () => undefined, progress: () => undefined };

/** A line that rewrites itself on a terminal; every tenth part as a line of its own elsewhere. */
export function createReporter(output: NodeJS.WriteStream): Reporter {
  let shown = '';
  const tenths = new Map<string, number>();
  const clear = () => {
    if (shown !== '') output.write(`\r${' '.repeat(shown.length)}\r`);
    shown = '';
  };
  return {
    note(text) {
      clear();
      output.write(`${text}\n`);
    },
    progress(step, done, total) {
      const percent = total === 0 ? 100 : Math.floor((done / total) * 100);
      const line = `  ${step}: ${percent} % of ${(total / 1e6).toFixed(0)} MB`;
      if (output.isTTY) {
        if (line !== shown) {
          clear();
          output.write(line);
          shown = line;
        }
        return;
      }
      const tenth = Math.floor(percent / 10);
      if (tenths.get(step) === tenth) return;
      tenths.set(step, tenth);
      output.write(`${line}\n`);
    },
  };
}
