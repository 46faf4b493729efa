export type ThemeChoice = 'system' | 'dark' | 'light';

const storageKey = 'sightline.theme';
const order: readonly ThemeChoice[] = ['system', 'dark', 'light'];

/** The colours somebody chose on this machine; `system` follows its setting. static/theme.js applies it first. */
class Theme {
  choice = $state<ThemeChoice>((document.documentElement.dataset['theme'] as ThemeChoice) ?? 'system');

  next(): void {
    this.choice = order[(order.indexOf(this.choice) + 1) % order.length] ?? 'system';
    if (this.choice === 'system') {
      delete document.documentElement.dataset['theme'];
      localStorage.removeItem(storageKey);
    } else {
      document.documentElement.dataset['theme'] = this.choice;
      localStorage.setItem(storageKey, this.choice);
    }
  }
}

export const theme = new Theme();
