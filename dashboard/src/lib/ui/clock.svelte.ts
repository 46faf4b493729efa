/** The time of day, a second at a time, for everything on a page that ages. One timer, however many read it. */
class Clock {
  nowMs = $state(Date.now());

  constructor() {
    setInterval(() => (this.nowMs = Date.now()), 1_000);
  }
}

export const clock = new Clock();
