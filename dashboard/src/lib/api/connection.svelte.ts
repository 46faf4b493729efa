const answerMsMax = 5_000;

/** Whether this page hears the server. What is on it is as of `lostAtMs` while it does not. */
class Connection {
  lostAtMs = $state<number | null>(null);
  #silence: (() => void) | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  onSilence(act: () => void): void {
    this.#silence = act;
  }

  opened(): void {
    this.lostAtMs = null;
  }

  closed(): void {
    this.lostAtMs ??= Date.now();
    clearTimeout(this.#timer);
  }

  pinged(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#silence?.(), answerMsMax);
  }

  ponged(): void {
    clearTimeout(this.#timer);
  }
}

export const connection = new Connection();
