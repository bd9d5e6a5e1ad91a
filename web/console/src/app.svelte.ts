// Who is signed in, and how the console looks.

import { Refused, get, post, type Me } from "./api";
import { remember, remembered } from "./words";

export type Theme = "auto" | "light" | "dark";
const STORED = "quipu.console.theme";

class App {
  /** `null` while we find out, `undefined` when nobody is signed in. */
  me = $state.raw<Me | undefined | null>(null);
  /** Why we could not find out. */
  problem = $state.raw<Refused>();
  theme = $state<Theme>("auto");

  /** Administrators and supervisors see single cases; the server decides, screens only follow. */
  get seesCases(): boolean {
    return this.me?.role === "administrator" || this.me?.role === "supervisor";
  }

  async start(): Promise<void> {
    const stored = remembered(STORED);
    this.setTheme(stored === "light" || stored === "dark" ? stored : "auto");
    await this.load();
  }

  async load(): Promise<void> {
    try {
      this.me = await get<Me>("me");
      this.problem = undefined;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.status === 401 || error.status === 403) this.me = undefined;
      else this.problem = error;
    }
  }

  async signIn(login: string, password: string): Promise<void> {
    await post("sign-in", { login, password });
    await this.load();
  }

  async signOut(): Promise<void> {
    await post("sign-out", {}).catch(() => undefined);
    this.me = undefined;
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    remember(STORED, theme);
  }
}

export const app = new App();
