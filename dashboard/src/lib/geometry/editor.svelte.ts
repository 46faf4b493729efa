import type { Camera, Line, Point, Zone } from '#lib/api/types.ts';
import { distance, freeId, freeName, middle, moved, tidy } from './geometry.ts';

export type Tool = 'select' | 'line' | 'zone';

interface Snapshot {
  readonly lines: Line[];
  readonly zones: Zone[];
  readonly selectedId: string | undefined;
}

const stepsMax = 200;
const cornersMin = 3;
/** Shorter than this, in picture heights, is a slip of the finger and no line. */
const lengthMin = 0.02;

const defaults = { classes: [], triggeringAnchor: 'bottomCenter' };

/** Lines and zones while somebody draws them. Every change can be undone, one by one, back to what was stored. */
export class Editor {
  lines = $state<Line[]>([]);
  zones = $state<Zone[]>([]);
  selectedId = $state<string | undefined>();
  tool = $state<Tool>('select');
  /** Points of the shape that is being drawn. */
  draft = $state<Point[]>([]);
  #past = $state<Snapshot[]>([]);
  #future = $state<Snapshot[]>([]);
  #stored = $state('');
  /** Ids are never used twice, because counts belong to them; not even after an undo. */
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- nothing on the screen depends on it
  readonly #idsUsed = new Set<string>();

  readonly line = $derived(this.lines.find(({ lineId }) => lineId === this.selectedId));
  readonly zone = $derived(this.zones.find(({ zoneId }) => zoneId === this.selectedId));
  readonly changed = $derived(JSON.stringify([this.lines, this.zones]) !== this.#stored);
  readonly canUndo = $derived(this.#past.length > 0 || this.draft.length > 0);
  readonly canRedo = $derived(this.#future.length > 0);

  load({ lines, zones }: Pick<Camera, 'lines' | 'zones'>): void {
    this.lines = structuredClone([...lines]);
    this.zones = structuredClone([...zones]);
    this.#stored = JSON.stringify([this.lines, this.zones]);
    this.#past = [];
    this.#future = [];
    this.draft = [];
    this.selectedId = undefined;
    this.tool = lines.length + zones.length === 0 ? 'line' : 'select';
    for (const { lineId } of lines) this.#idsUsed.add(lineId);
    for (const { zoneId } of zones) this.#idsUsed.add(zoneId);
  }

  choose(tool: Tool): void {
    this.tool = tool;
    this.draft = [];
    if (tool !== 'select') this.selectedId = undefined;
  }

  select(id: string | undefined): void {
    this.selectedId = id;
  }

  /** Call before a change: what is now can then be come back to. */
  remember(): void {
    this.#past = [...this.#past, this.#snapshot()].slice(-stepsMax);
    this.#future = [];
  }

  undo(): void {
    if (this.draft.length > 0) {
      this.draft = this.draft.slice(0, -1);
      return;
    }
    // A grip that moved nothing left a step that changes nothing.
    const now = JSON.stringify([this.lines, this.zones]);
    while (
      this.#past.length > 1 &&
      JSON.stringify([this.#past.at(-1)?.lines, this.#past.at(-1)?.zones]) === now
    )
      this.#past = this.#past.slice(0, -1);
    const last = this.#past.at(-1);
    if (!last) return;
    this.#future = [...this.#future, this.#snapshot()];
    this.#past = this.#past.slice(0, -1);
    this.#restore(last);
  }

  redo(): void {
    const next = this.#future.at(-1);
    if (!next) return;
    this.#past = [...this.#past, this.#snapshot()];
    this.#future = this.#future.slice(0, -1);
    this.#restore(next);
  }

  /** A tap on the picture while drawing. */
  place(point: Point, aspect: number): void {
    this.draft = [...this.draft, tidy(point)];
    const [a, b] = this.draft;
    if (this.tool !== 'line' || !a || !b) return;
    if (distance(a, b, aspect) < lengthMin) this.draft = [a];
    else this.#addLine(a, b);
  }

  finishZone(): void {
    if (this.tool !== 'zone' || this.draft.length < cornersMin) return;
    this.remember();
    const zoneId = this.#newId('zone');
    const name = freeName(
      'Zone',
      this.zones.map((zone) => zone.name),
    );
    this.zones.push({ ...defaults, zoneId, name, polygon: this.draft });
    this.#drawn(zoneId);
  }

  movePoint(index: number, point: Point): void {
    const to = tidy(point);
    if (this.line) this.line[index === 0 ? 'a' : 'b'] = to;
    else if (this.zone) this.zone.polygon[index] = to;
  }

  moveShape(from: readonly Point[], by: Point): void {
    const to = moved(from, by);
    const [a, b] = to;
    if (this.line && a && b) Object.assign(this.line, { a, b });
    else if (this.zone) this.zone.polygon = to;
  }

  /** Puts a corner between two, and returns its index. */
  insertCorner(after: number): number {
    const [a, b] = [this.zone?.polygon[after], this.zone?.polygon[(after + 1) % this.zone.polygon.length]];
    if (a && b) this.zone?.polygon.splice(after + 1, 0, tidy(middle(a, b)));
    return after + 1;
  }

  removeCorner(index: number): void {
    if (!this.zone || this.zone.polygon.length <= cornersMin) return;
    this.remember();
    this.zone.polygon.splice(index, 1);
  }

  turnAround(): void {
    if (!this.line) return;
    this.remember();
    Object.assign(this.line, { a: this.line.b, b: this.line.a });
  }

  removeSelected(): void {
    if (this.selectedId === undefined) return;
    this.remember();
    this.lines = this.lines.filter(({ lineId }) => lineId !== this.selectedId);
    this.zones = this.zones.filter(({ zoneId }) => zoneId !== this.selectedId);
    this.selectedId = undefined;
  }

  #addLine(a: Point, b: Point): void {
    this.remember();
    const lineId = this.#newId('line');
    const name = freeName(
      'Line',
      this.lines.map((line) => line.name),
    );
    this.lines.push({ ...defaults, role: '', lineId, name, a, b });
    this.#drawn(lineId);
  }

  #newId(word: string): string {
    const id = freeId(word, [...this.#idsUsed]);
    this.#idsUsed.add(id);
    return id;
  }

  #drawn(id: string): void {
    this.draft = [];
    this.tool = 'select';
    this.selectedId = id;
  }

  #snapshot(): Snapshot {
    return $state.snapshot({ lines: this.lines, zones: this.zones, selectedId: this.selectedId });
  }

  #restore(snapshot: Snapshot): void {
    // Copies, because what is remembered must not change with what is on the screen.
    this.lines = structuredClone($state.snapshot(snapshot.lines));
    this.zones = structuredClone($state.snapshot(snapshot.zones));
    this.selectedId = snapshot.selectedId;
  }
}
