/** What the browser itself does not hold: the token that proves a change comes from this page. */
let csrfToken: string | undefined;

export const credentials = {
  get csrf(): string | undefined {
    return csrfToken;
  },
  /** True from a sign-in to the sign-out, so also while the session has expired. */
  get signedIn(): boolean {
    return csrfToken !== undefined;
  },
  keep(token: string | undefined): void {
    csrfToken = token;
  },
};
