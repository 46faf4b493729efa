import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

/**
 * The style as a test: who may import whom, how long things may be, which words are banned.
 * Reads what git tracks or would track, so that a new file is judged before it is committed.
 */
const root = import.meta.dirname;
const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
  cwd: root,
  encoding: 'utf8',
});
const files = listed
  .split('\0')
  .filter((file) => file !== '' && existsSync(join(root, file)))
  .sort();
const sources = files.filter(
  (file) => /\.(ts|mjs)$/.test(file) && !file.includes('generated/') && file !== 'tidy.test.ts',
);
const text = new Map(sources.map((file) => [file, readFileSync(join(root, file), 'utf8')]));
const isTest = (file: string): boolean => /\.test\.ts$/.test(file) || /(^|\/)(testing|fixtures)\//.test(file);

const aliases: readonly (readonly [RegExp, string])[] = [
  [/^#schemas$/, 'schemas/index.ts'],
  [/^#schemas\/(.+)$/, 'schemas/$1'],
  [/^#processor$/, 'processors/processor.ts'],
  [/^#processors\/(.+)$/, 'processors/$1/index.ts'],
  [/^#runtime$/, 'topologies/runtime/index.ts'],
  [/^#lib\/(.+)$/, 'dashboard/src/lib/$1'],
];

/** Every module a file names, static or dynamic; project files as paths from the root, packages by name. */
const importsOf = (file: string): string[] => {
  const found: string[] = [];
  const source = ts.createSourceFile(file, text.get(file) ?? '', ts.ScriptTarget.Latest, true);
  const visit = (node: ts.Node): void => {
    const specifier =
      ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
        ? node.moduleSpecifier
        : ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
          ? node.arguments[0]
          : undefined;
    if (specifier && ts.isStringLiteral(specifier)) found.push(resolveName(file, specifier.text));
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
};

const resolveName = (from: string, name: string): string => {
  if (name.startsWith('.')) return normalize(join(dirname(from), name));
  const alias = aliases.find(([pattern]) => pattern.test(name));
  return alias ? name.replace(alias[0], alias[1]) : name;
};

const graph = new Map(sources.map((file) => [file, importsOf(file)]));
const edges = [...graph].flatMap(([from, targets]) => targets.map((to) => ({ from, to })));

const layerOf = (path: string): string =>
  path.startsWith('topologies/runtime/') ? 'topologies/runtime' : (path.split('/')[0] ?? '');
/** Folder → what it may import of the project, beyond itself. */
const allowedLayers: Readonly<Record<string, readonly string[]>> = {
  schemas: [],
  processors: ['schemas'],
  'topologies/runtime': ['schemas', 'processors'],
  topologies: ['schemas', 'processors', 'topologies/runtime'],
  'edge-bridge': ['schemas', 'processors', 'topologies/runtime'],
  deploy: ['schemas'],
  dashboard: ['schemas', 'topologies/runtime'],
};
/** Packages that exactly one place may import: the port of that outside world. */
const ports: Readonly<Record<string, RegExp>> = {
  kafkajs: /^topologies\/runtime\//,
  '@kafkajs/confluent-schema-registry': /^topologies\/runtime\//,
  'node-av': /^processors\/decode\/|^deploy\/demo\/encode\.ts$/,
  'onnxruntime-node': /^processors\/infer\//,
};

describe('layers', () => {
  it('imports go one way', () => {
    const wrong = edges.filter(({ from, to }) => {
      if (isTest(from) || !graph.has(to)) return false;
      const allowed = allowedLayers[layerOf(from)];
      return allowed !== undefined && layerOf(to) !== layerOf(from) && !allowed.includes(layerOf(to));
    });
    expect(wrong).toEqual([]);
  });

  it('a processor imports no other processor', () => {
    const folder = (path: string): string | undefined => /^processors\/([^/]+)\//.exec(path)?.[1];
    const wrong = edges.filter(
      ({ from, to }) =>
        !isTest(from) &&
        folder(from) !== undefined &&
        folder(to) !== undefined &&
        folder(from) !== folder(to),
    );
    expect(wrong).toEqual([]);
  });

  it('outside worlds have one port each', () => {
    const wrong = edges.filter(({ from, to }) => {
      const port = ports[to.split('/')[0] === '@kafkajs' ? to : (to.split('/')[0] ?? '')];
      return port !== undefined && !isTest(from) && !from.startsWith('topologies/bench/') && !port.test(from);
    });
    expect(wrong).toEqual([]);
  });

  it('no import names a file that is not there', () => {
    const wrong = edges.filter(({ to }) => /\.ts$/.test(to) && !existsSync(join(root, to)));
    expect(wrong).toEqual([]);
  });

  it('there are no cycles', () => {
    const done = new Set<string>();
    const cycles: string[] = [];
    const walk = (file: string, path: string[]): void => {
      if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file].join(' → '));
      if (done.has(file) || path.includes(file)) return;
      for (const to of graph.get(file) ?? []) if (graph.has(to)) walk(to, [...path, file]);
      done.add(file);
    };
    for (const file of sources) walk(file, []);
    expect(cycles).toEqual([]);
  });
});

describe('sizes', () => {
  it('files stay short', () => {
    const long = sources
      .map((file) => ({ file, lines: (text.get(file) ?? '').split('\n').length - 1 }))
      .filter(({ file, lines }) => lines > (isTest(file) ? 600 : 400));
    expect(long).toEqual([]);
  });

  it('components stay short', () => {
    const long = files
      .filter((file) => file.endsWith('.svelte'))
      .map((file) => ({ file, lines: readFileSync(join(root, file), 'utf8').split('\n').length - 1 }))
      .filter(({ lines }) => lines > 200);
    expect(long).toEqual([]);
  });

  it('functions stay short', () => {
    // A factory is as long as what it does itself: the functions it returns are judged on their own.
    const long: string[] = [];
    for (const file of sources.filter((name) => !isTest(name))) {
      const source = ts.createSourceFile(file, text.get(file) ?? '', ts.ScriptTarget.Latest, true);
      const line = (position: number): number => source.getLineAndCharacterOfPosition(position).line;
      const visit = (node: ts.Node): number => {
        let nestedLines = 0;
        ts.forEachChild(node, (child) => void (nestedLines += visit(child)));
        if (!ts.isFunctionLike(node) || !('body' in node) || !node.body) return nestedLines;
        const lines = line(node.end) - line(node.getStart(source)) + 1;
        if (lines - nestedLines > 70)
          long.push(`${file}:${line(node.getStart(source)) + 1} (${lines - nestedLines} lines)`);
        return lines;
      };
      visit(source);
    }
    expect(long).toEqual([]);
  });
});

/** Word → where it may stand all the same, and why it is banned elsewhere. */
const bannedWords: readonly { word: RegExp; allowed: RegExp; why: string }[] = [
  {
    word: /Date\.now\(|new Date\(\)|performance\.now\(/,
    allowed:
      /^(topologies|deploy|edge-bridge|dashboard)\/|^processors\/decode\/(port|clock)\.ts$|^processors\/infer\/(port|clock)\.ts$|\.test\.ts$/,
    why: 'processors see event time only',
  },
  {
    word: /process\.env/,
    allowed: /(^|\/)config\.ts$|^deploy\/|\.test\.ts$|(^|\/)testing\//,
    why: 'config.ts reads the environment, once',
  },
  {
    word: /console\./,
    allowed: /^deploy\/local\/bootstrap\.mjs$/,
    why: 'logs are structured; commands write to stdout',
  },
  { word: /: any\b|as any\b|<any>/, allowed: /^$/, why: 'types say what is known' },
  { word: /^export \* /m, allowed: /^$/, why: 'an index names what it exports' },
  { word: /TODO(?!\(#\d+\))/, allowed: /^$/, why: 'a TODO names its issue' },
];

describe('words', () => {
  it.each(bannedWords)('$word: $why', ({ word, allowed }) => {
    const stripComments = (source: string): string => source.replace(/\/\*[\s\S]*?\*\/|(^|\s)\/\/.*$/gm, '');
    const found = sources.filter(
      (file) =>
        !allowed.test(file) &&
        word.test(
          word.source.startsWith('TODO') ? (text.get(file) ?? '') : stripComments(text.get(file) ?? ''),
        ),
    );
    expect(found).toEqual([]);
  });
});

describe('documents', () => {
  it('every folder has a README', () => {
    const folders = ['schemas', 'processors', 'topologies', 'edge-bridge', 'dashboard', 'deploy'];
    expect(folders.filter((folder) => !existsSync(join(root, folder, 'README.md')))).toEqual([]);
  });
});
